"""What goes wrong in the benchmark `faults`: cases that the product was worked on with, and others that were held out."""
