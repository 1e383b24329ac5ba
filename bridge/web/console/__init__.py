"""The console, the admin's pages: plain HTML and a style sheet; everything works without the script."""
