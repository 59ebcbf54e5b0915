"""
Examine a deployed project and say what is well, what is wrong, and what could not be seen.

What is demanded is read from the Terraform pages, their variables and the campaign file, as `scripts/deploy` applies
them; what is there is asked through `gcloud`. Standard library only: a checkout in Cloud Shell is enough.
"""
