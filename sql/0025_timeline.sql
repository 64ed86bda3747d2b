-- Sales and what they moved in the ledger stand on a timeline where they are; what was stored of them again goes. What
-- nothing tells any more stays: the line of a sale that is another customer's since.
DELETE activity FROM customer_activities AS activity
  JOIN orders ON orders.tenant_id = activity.tenant_id AND orders.id = activity.order_id
   AND orders.customer_id = activity.customer_id
  JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
   AND (posting.is_counted = 1 OR posting.settings_version IS NOT NULL)
 WHERE activity.kind = 'order';

DELETE FROM customer_activities
 WHERE kind IN ('points_earned', 'points_adjusted') AND order_id IS NOT NULL AND EXISTS
   (SELECT 1 FROM ledger_entries AS entry
     WHERE entry.tenant_id = customer_activities.tenant_id AND entry.customer_id = customer_activities.customer_id
       AND entry.kind IN ('earn', 'clawback') AND entry.order_id = customer_activities.order_id
       AND entry.points = customer_activities.points AND entry.created_at = customer_activities.at);
