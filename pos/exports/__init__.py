"""What leaves the register as a file: reports as JSON, CSV, XLSX and PDF, all from the same lines."""
