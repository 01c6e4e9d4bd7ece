"""The page of totals: figures, charts, and the payments behind them."""
