-- A small shop: products with their prices, and orders of them.
CREATE TABLE products (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  category TEXT NOT NULL,
  price REAL NOT NULL CHECK (price > 0)
);

CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  product_id TEXT NOT NULL REFERENCES products (id),
  channel TEXT NOT NULL CHECK (channel IN ('retail', 'wholesale')),
  units INTEGER NOT NULL CHECK (units > 0),
  revenue REAL NOT NULL
);

INSERT INTO products (id, name, category, price) VALUES
  ('p-001', 'Sparkling Water 12pk', 'beverages', 6.99),
  ('p-002', 'Protein Bar Chocolate', 'snacks', 2.49),
  ('p-003', 'Organic Pasta 500g', 'pantry', 3.79);

INSERT INTO orders (id, product_id, channel, units, revenue) VALUES
  ('o-1001', 'p-001', 'retail', 12, 83.88),
  ('o-1002', 'p-002', 'retail', 35, 87.15),
  ('o-1003', 'p-003', 'wholesale', 50, 189.50),
  ('o-1004', 'p-001', 'wholesale', 40, 279.60);
