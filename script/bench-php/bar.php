<?php
// The bar as a PHP page would print it: the demo's settings as arrays, no database, everything escaped.
declare(strict_types=1);

function e(string $text): string { return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8'); }

$color = '#1d6b45';
$tagline = 'Earn 1 point for every dollar you spend';
$tiers = [['Bronze', 0], ['Silver', 500], ['Gold', 1500], ['Platinum', 5000]];
$redemptions = [[100, '$5 off'], [200, '$12 off'], [500, '$35 off']];
$programs = [
    ['shield', 'Veterans', '10% off every day'],
    ['graduation-cap', 'Students', '10% off with ID'],
    ['star', 'Seniors', '15% off on Tuesdays'],
    ['heart', 'Medical', '5% off for patients'],
];
$delivery = ['minimum' => '$50', 'fee' => '$5', 'radius' => '10 miles'];
$hours = 'Drive-thru 9 am to 9 pm';
$pickup = 'Order ahead, ready in 15 minutes';

function icon(string $name, string $color): string {
    return '<svg class="loyalty-bar__icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true" fill="' . e($color)
        . '"><path d="M12 2l8 4v6c0 5-3.5 8.5-8 10-4.5-1.5-8-5-8-10V6z" data-name="' . e($name) . '"/></svg>';
}

$body = '<section class="loyalty-bar" aria-label="Loyalty and offers"><div class="loyalty-bar__line"><strong>' . e($tagline) . '</strong><ul>';
foreach ($redemptions as [$points, $value]) {
    $body .= '<li><b>' . e((string) $points) . ' points</b> ' . e($value) . '</li>';
}
$body .= '</ul><ol class="loyalty-bar__tiers">';
foreach ($tiers as [$name, $threshold]) {
    $body .= '<li>' . icon('star', $color) . e($name) . ' <span>from $' . e(number_format($threshold)) . '</span></li>';
}
$body .= '</ol></div><ul class="loyalty-bar__line loyalty-bar__programs">';
foreach ($programs as [$name, $title, $description]) {
    $body .= '<li>' . icon($name, $color) . '<b>' . e($title) . '</b> ' . e($description) . '</li>';
}
$body .= '</ul><p class="loyalty-bar__line">Delivery from ' . e($delivery['minimum']) . ', fee ' . e($delivery['fee']) . ', within '
    . e($delivery['radius']) . ' · ' . e($hours) . ' · ' . e($pickup) . '</p></section>';

header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: public, max-age=1, stale-while-revalidate=1, stale-if-error=86400');
header('Access-Control-Allow-Origin: *');
header('ETag: "' . hash('xxh3', $body) . '"');
echo $body;
