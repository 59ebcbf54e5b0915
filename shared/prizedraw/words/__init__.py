"""What operators read in a reply, in Japanese: one module a step. A refusal's sentence stands where it is raised."""
