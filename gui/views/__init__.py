"""Live views: each a dock that shows the running network from one side. One class in one file of this package."""
