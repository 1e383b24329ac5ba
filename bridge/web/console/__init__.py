"""The admin's pages, rendered here: plain HTML, a style sheet, and a script without which everything works too."""
