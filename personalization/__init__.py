"""The domain: differentiation as a teacher thinks of it. Slices, each with its model, views, forms and templates."""
