variable "project_id" {
  description = "The project that serves the campaign, and nothing else."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is a project id: 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "project_number" {
  description = "The project's number. Given, not looked up: what is looked up is unknown while planning."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{6,}$", var.project_number))
    error_message = "project_number is digits only: gcloud projects describe PROJECT --format='value(projectNumber)'."
  }
}

variable "campaign" {
  description = "The campaign that is served: campaigns/<campaign>.yaml."
  type        = string

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){2,39}$", var.campaign))
    error_message = "campaign is the id of a campaign file: 3 to 40 lower-case letters, digits and single hyphens."
  }
  validation {
    condition     = fileexists("${path.module}/campaigns/${var.campaign}.yaml")
    error_message = "There is no campaigns/${var.campaign}.yaml."
  }
}

variable "past_campaigns" {
  description = "Campaigns that this project served before: their keys, published files and reports stay, nothing else."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.past_campaigns : can(regex("^[a-z](-?[a-z0-9]){2,39}$", id))])
    error_message = "past_campaigns are ids of campaigns: 3 to 40 lower-case letters, digits and single hyphens."
  }
  validation {
    condition     = !contains(var.past_campaigns, var.campaign)
    error_message = "A campaign is served, or past, not both."
  }
}

variable "operators_group" {
  description = "Google group of the people named as 取扱者: they press the functions in the console."
  type        = string

  validation {
    condition     = can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", var.operators_group))
    error_message = "operators_group is the group's address, without group:."
  }
}

variable "deployer" {
  description = "Who applies this root, such as serviceAccount:terraform@seed.iam.gserviceaccount.com."
  type        = string

  validation {
    condition     = can(regex("^(user|group|serviceAccount):[^@:[:space:]]+@[^@:[:space:]]+$", var.deployer))
    error_message = "deployer is user:, group: or serviceAccount: followed by an address."
  }
}

variable "alert_emails" {
  description = "Who is told of alerts; list addresses, not persons'."
  type        = set(string)

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for to in var.alert_emails : can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", to))])
    error_message = "alert_emails are one or more mail addresses."
  }
}

variable "mail_sender" {
  description = "The mailbox that sends, by keyless delegation; or me: the mailbox whose refresh token is in the secret."
  type        = string
  default     = "me"

  validation {
    condition     = var.mail_sender == "me" || can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", var.mail_sender))
    error_message = "mail_sender is a mail address, or me."
  }
}

variable "drand_relays" {
  description = "Where draw may fetch public randomness; used by campaigns whose randomness is drand."
  type        = list(string)
  default = [
    "https://api.drand.sh",
    "https://api2.drand.sh",
    "https://api3.drand.sh",
    "https://drand.cloudflare.com",
  ]

  validation {
    condition     = length(var.drand_relays) > 0 && alltrue([for url in var.drand_relays : can(regex("^https://[a-z0-9.-]+\\.[a-z]+(/[a-z0-9._/-]*)?$", url))])
    error_message = "drand_relays are one or more https:// addresses, without port and query."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept: access and audit logs must outlive an audit of the ward's."
  type        = number
  default     = 400

  validation {
    condition     = var.log_retention_days >= 365 && var.log_retention_days <= 3650
    error_message = "log_retention_days lies between 365 and 3650."
  }
}

variable "published_retention_days" {
  description = "How long published files and reports can be neither changed nor removed, counted from when each was made."
  type        = number
  default     = 365

  validation {
    condition     = var.published_retention_days >= 30 && var.published_retention_days <= 3650
    error_message = "published_retention_days lies between 30 and 3650."
  }
}

variable "lock_retention" {
  description = "Lock the two retentions above. For ever: nobody can shorten them or remove these buckets before, Google included."
  type        = bool
  default     = false
}

variable "backups" {
  description = "Back the databases up daily. Turned off on the day that erasure begins: what is empty needs none."
  type        = bool
  default     = true
}

variable "billing_account" {
  description = "Billing account on which a budget is laid; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account is of the form 012345-6789AB-CDEF01."
  }
}

variable "monthly_budget_yen" {
  description = "The month's cost in yen of which one is told at half, nine tenths and the whole."
  type        = number
  default     = 50000

  validation {
    condition     = var.monthly_budget_yen >= 1000
    error_message = "monthly_budget_yen is at least 1000."
  }
}

variable "settle_seconds" {
  description = "How long to wait after the first grants until IAM shows them everywhere; 0 in tests."
  type        = number
  default     = 120

  validation {
    condition     = var.settle_seconds >= 0 && var.settle_seconds <= 600
    error_message = "settle_seconds lies between 0 and 600."
  }
}
