-- A reward carried to the point of sale as a discount. Its state stands on the redemption, where tills and reports look;
-- its sendings are rows of outbox with the destination alleaves: of the entry that spends the points, to put the
-- discount on the order, and of the entry that gives them back, to take it off.
ALTER TABLE redemptions
  -- Null: nothing of this redemption is at the point of sale, and nothing is on its way there.
  ADD COLUMN IF NOT EXISTS pos_discount ENUM('queued', 'applied', 'failed') NULL,
  -- For people: why it failed, or what is still to be done by hand.
  ADD COLUMN IF NOT EXISTS pos_discount_words VARCHAR(300) NULL,
  -- The shop's own discount for the reward, as the settings named it when the points were used; empty for none, null when
  -- no discount was ever to be carried.
  ADD COLUMN IF NOT EXISTS pos_discount_name VARBINARY(64) NULL,
  -- What is to be done to the order, written down before it is sent: JSON.
  ADD COLUMN IF NOT EXISTS pos_discount_plan BLOB NULL,
  ALGORITHM=INSTANT;
GRANT UPDATE (pos_discount, pos_discount_words, pos_discount_name, pos_discount_plan) ON redemptions
  TO loyalty_application;
