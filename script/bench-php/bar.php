<?php
// The demo tenant's bar as a PHP page would print it: the settings as arrays, no database, everything escaped.
// script/bench compares its bytes with ours before it measures.
declare(strict_types=1);

function e(string $text): string { return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8'); }

$color = '#1d6b45';
$ink = '#ffffff';
$pointsPerDollar = '1';
$offers = [[100, 5], [250, 15], [500, 35]];
$programs = [['Veterans', '10% off with ID', false], ['Students', '5% off with student ID', false], ['Seniors', '10% off at 65 and over', false]];
$services = [];
$tiers = [];

function icon(string $path, string $color, string $ink): string {
    return '<svg class="lb-icon" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="12" fill="'
        . e($color) . '"/><path d="' . $path . '" fill="none" stroke="' . e($ink)
        . '" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';
}

const STAR = 'M12 5l2.1 4.4 4.8.6-3.5 3.3.9 4.7-4.3-2.3L7.7 18l.9-4.7L5.1 10l4.8-.6z';

$tagline = 'Earn ' . $pointsPerDollar . ' ' . ($pointsPerDollar === '1' ? 'pt' : 'pts') . ' per $1 spent — redeem for discounts';
$body = '<section class="lb-bar" aria-label="Loyalty and offers">' . "\n";
$body .= '<svg class="lb-rule" width="100%" height="3" aria-hidden="true"><rect width="100%" height="3" fill="' . e($color) . '"/></svg>' . "\n";
$body .= '<div class="lb-line">' . icon(STAR, $color, $ink) . "\n";
$body .= '<p class="lb-tagline" dir="auto"><strong>' . e($tagline) . '</strong></p>' . "\n";
if ($offers !== []) {
    $body .= '<ul class="lb-offers" role="list">';
    foreach ($offers as [$points, $value]) {
        $body .= '<li>' . e(number_format($points) . ' pts = $' . number_format($value) . ' off') . '</li>';
    }
    $body .= '</ul>';
}
$body .= "</div>\n";
$shown = array_filter($programs, fn (array $program): bool => $program[2]);
foreach ([$shown, $services, $tiers] as $list) {
    if ($list !== []) {
        $body .= '<ul class="lb-line" role="list">';
        foreach ($list as [$name, $about]) {
            $body .= '<li>' . icon(STAR, $color, $ink) . '<span dir="auto"><b>' . e($name) . '</b> ' . e($about) . '</span></li>';
        }
        $body .= '</ul>';
    }
    $body .= "\n";
}
$body .= "</section>\n";

header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: public, max-age=1, stale-while-revalidate=1, stale-if-error=86400');
header('Access-Control-Allow-Origin: *');
header('ETag: "' . hash('xxh3', $body) . '"');
echo $body;
