"""Everything that an adapter may import: what is said, how it is carried, what fails and how, and the tools that both platforms share."""
