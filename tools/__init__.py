"""The machinery of the book: execute the chapters, render the pages, check them, test everything."""
