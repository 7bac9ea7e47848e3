"""What speed is measured against."""
