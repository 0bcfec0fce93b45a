-- A small shop: products with their stock, and what has been ordered.
CREATE TABLE products (
  sku TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
  reorder_at INTEGER NOT NULL
);

CREATE TABLE purchase_orders (
  id INTEGER PRIMARY KEY,
  sku TEXT NOT NULL REFERENCES products (sku),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  reason TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'received'))
);

INSERT INTO products (sku, name, on_hand, reorder_at) VALUES
  ('TEA-100', 'Green Tea 100g', 8, 20),
  ('COF-250', 'Coffee 250g', 64, 40),
  ('HON-500', 'Honey 500g', 3, 10),
  ('JAM-340', 'Apricot Jam 340g', 25, 15);

INSERT INTO purchase_orders (sku, quantity, reason) VALUES
  ('HON-500', 24, 'Below the reorder level.');
