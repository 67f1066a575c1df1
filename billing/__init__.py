"""What tenants pay for. Limits are written to the tenant's row; everything else reads them there."""
