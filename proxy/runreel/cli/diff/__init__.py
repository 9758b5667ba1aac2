"""What ``runreel diff`` prints."""
