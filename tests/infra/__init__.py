"""Hold the plan of the infrastructure, without a cloud, to what the design says."""
