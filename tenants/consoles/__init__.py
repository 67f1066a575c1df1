"""What both consoles are made of: a site, its pages and tables, and who may do what there."""
