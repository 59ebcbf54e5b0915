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
    condition     = length(var.project_id) + length(var.campaign) <= 52
    error_message = "project_id and campaign have at most 52 characters together: they are parts of the names of buckets, which take 63."
  }
  validation {
    condition     = !can(regex("^goog|google|g00gle|go0gle|g0ogle", var.campaign))
    error_message = "campaign may not begin with goog or hold google: Cloud Storage and Pub/Sub refuse such names."
  }
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
    condition     = alltrue([for id in var.past_campaigns : length(var.project_id) + length(id) <= 52])
    error_message = "project_id and each past campaign have at most 52 characters together."
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
    condition     = can(regex("^(group|serviceAccount):[^@:[:space:]]+@[^@:[:space:]]+$", var.deployer))
    error_message = "deployer is group: or serviceAccount: followed by an address; never a person's account."
  }
}

variable "appliers" {
  description = "Where deployer is a group: the addresses of who applies for it, which are what audit logs name. Others raise breach and access-changed."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for who in var.appliers : can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", who))])
    error_message = "appliers are addresses, without user: or serviceAccount:."
  }
  validation {
    condition     = startswith(var.deployer, "group:") == (length(var.appliers) > 0)
    error_message = "appliers are named if deployer is a group, and only then: the breach alert knows a group's members by no other way."
  }
}

variable "project_creator" {
  description = "Who made the project and so became its owner, such as user:somebody@example.jp: that grant is taken away; null to leave it."
  type        = string
  default     = null

  validation {
    condition     = var.project_creator == null || can(regex("^(user|serviceAccount):[^@:[:space:]]+@[^@:[:space:]]+$", var.project_creator))
    error_message = "project_creator is user: or serviceAccount: followed by an address."
  }
  validation {
    condition     = var.project_creator != var.deployer
    error_message = "project_creator is the deployer: it cannot take its own grant away while it applies. Give it the later roles, then remove roles/owner by hand."
  }
}

variable "lead_group" {
  description = "Google group of the 取扱責任者: reads logs, for the monthly look; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.lead_group == null || can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", var.lead_group))
    error_message = "lead_group is the group's address, without group:."
  }
}

variable "auditors_group" {
  description = "Google group of auditors: reads logs; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.auditors_group == null || can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", var.auditors_group))
    error_message = "auditors_group is the group's address, without group:."
  }
}

variable "infra_group" {
  description = "Google group of the infra team: reads logs, the dashboard, and what the scan of images found; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.infra_group == null || can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", var.infra_group))
    error_message = "infra_group is the group's address, without group:."
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

variable "log_key" {
  description = "Encrypt the log bucket with a key of ours. Off: Google may refuse it on a bucket that SQL can be asked of. Cannot be taken back."
  type        = bool
  default     = false
}

variable "eventarc_agent" {
  description = "Make Eventarc's agent and give it the functions' key, as Google asks for all functions; off where that fails."
  type        = bool
  default     = true
}

variable "index_nothing" {
  description = "Turn indexing off for all fields by __default__/*, not only for what is sealed and for lists. Off: it has been refused."
  type        = bool
  default     = false
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

variable "budget_currency" {
  description = "The billing account's currency; a budget in another is refused."
  type        = string
  default     = "JPY"

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.budget_currency))
    error_message = "budget_currency is three capital letters, such as JPY."
  }
}

variable "monthly_budget" {
  description = "The month's cost, in budget_currency, of which one is told at half, nine tenths and the whole."
  type        = number
  default     = 50000

  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget is a whole number, at least 1."
  }
}

variable "settle_seconds" {
  description = "How long to wait, three times in a first apply, until IAM shows new agents and new grants everywhere; 0 in tests."
  type        = number
  default     = 120

  validation {
    condition     = var.settle_seconds >= 0 && var.settle_seconds <= 600
    error_message = "settle_seconds lies between 0 and 600."
  }
}
