variable "org_id" {
  description = "Number of the organisation."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.org_id))
    error_message = "org_id is the organisation's number, digits only: gcloud organizations list."
  }
}

variable "folder_id" {
  description = "Number of the folder that holds the draw's project and nothing else: every policy here is laid on it."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.folder_id))
    error_message = "folder_id is the folder's number, digits only, without folders/."
  }
}

variable "seed_project" {
  description = "Project that Terraform's own API calls are counted against; it lies outside the folder."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.seed_project))
    error_message = "seed_project is a project id: 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "project_id" {
  description = "The draw's project; empty until it exists."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]{4,28}[a-z0-9])?$", var.project_id))
    error_message = "project_id is a project id: 6 to 30 lower-case letters, digits and hyphens."
  }
  validation {
    condition     = (var.project_id == "") == (var.project_number == "")
    error_message = "project_id and project_number are given together, or neither."
  }
}

variable "project_number" {
  description = "Number of the draw's project; empty until the project exists. With it the perimeter is made."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9]*$", var.project_number))
    error_message = "project_number is digits only: gcloud projects describe PROJECT --format='value(projectNumber)'."
  }
  validation {
    condition     = var.project_number == "" || var.access_policy != ""
    error_message = "project_number without access_policy: the perimeter needs both."
  }
}

variable "access_policy" {
  description = "Number of the organisation's access policy (there is one); empty if VPC Service Controls are not used."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9]*$", var.access_policy))
    error_message = "access_policy is digits only: gcloud access-context-manager policies list --organization=ORG."
  }
}

variable "deployer" {
  description = "Who applies the project root, such as serviceAccount:terraform@seed.iam.gserviceaccount.com."
  type        = string

  validation {
    condition     = can(regex("^(group|serviceAccount):[^@[:space:]]+@[^@[:space:]]+$", var.deployer))
    error_message = "deployer is group: or serviceAccount: followed by an address; never a person's account."
  }
}

variable "operators_group" {
  description = "Google group of the people named as 取扱者, such as draw-operators@example.jp."
  type        = string

  validation {
    condition     = can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", var.operators_group))
    error_message = "operators_group is the group's address, without group:."
  }
}

variable "lead_group" {
  description = "As in the project root: who reads logs, and so comes in through the perimeter; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^@:[:space:]]+@[^@:[:space:]]+)?$", var.lead_group))
    error_message = "lead_group is the group's address, without group:."
  }
}

variable "auditors_group" {
  description = "As lead_group."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^@:[:space:]]+@[^@:[:space:]]+)?$", var.auditors_group))
    error_message = "auditors_group is the group's address, without group:."
  }
}

variable "infra_group" {
  description = "As lead_group."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^@:[:space:]]+@[^@:[:space:]]+)?$", var.infra_group))
    error_message = "infra_group is the group's address, without group:."
  }
}

variable "logging_account" {
  description = "Output logging_account of the project root: with log_key, Logging's account must reach its key; empty without."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^@:[:space:]]+@[^@:[:space:]]+[.]gserviceaccount[.]com)?$", var.logging_account))
    error_message = "logging_account is the address of a service account, without serviceAccount:."
  }
}

variable "extra_members" {
  description = "Whom else enforce_members must let be granted something: members that its dry run names and that are meant."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.extra_members : can(regex("^(user|group|serviceAccount):[^@:[:space:]]+@[^@:[:space:]]+$", member))])
    error_message = "extra_members are user:, group: or serviceAccount: followed by an address."
  }
}

variable "runner_ranges" {
  description = "Addresses (CIDR) from which Terraform runs, if not from Japan; they are let through the perimeter."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for range in var.runner_ranges : can(cidrhost(range, 0))])
    error_message = "runner_ranges are ranges of addresses, such as 203.0.113.0/28."
  }
}

variable "security_contact" {
  description = "Who is told of security and technical notices of Google about the folder; a list address, not a person's."
  type        = string

  validation {
    condition     = can(regex("^[^@:[:space:]]+@[^@:[:space:]]+$", var.security_contact))
    error_message = "security_contact is an e-mail address."
  }
}

variable "findings_topic" {
  description = "Topic for findings of Security Command Center (projects/P/topics/T); empty if it is not activated."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(projects/[^/]+/topics/[^/]+)?$", var.findings_topic))
    error_message = "findings_topic is projects/PROJECT/topics/TOPIC, or empty."
  }
}

variable "restrict_pubsub" {
  description = "Keep Pub/Sub within the perimeter. Off: the form's account may not be admitted; a notification holds no answers."
  type        = bool
  default     = false
}

variable "enforce_perimeter" {
  description = "Refuse what the perimeter only logs. First a rehearsal and a deployment during the dry run, with an empty log."
  type        = bool
  default     = false
}

variable "enforce_managed" {
  description = "Refuse what the managed constraints only log."
  type        = bool
  default     = false
}

variable "enforce_members" {
  description = "Refuse grants to whoever is not of the organisation nor named, instead of only logging them."
  type        = bool
  default     = false
}

variable "enforce_no_owner" {
  description = "Refuse grants of owner and editor. Off until the deployer has given up its own: any grant is refused while one stands."
  type        = bool
  default     = false
}

variable "enforce_service_usage" {
  description = "Refuse other services, not only log them. Turn on when the dry run's log has been empty for a week."
  type        = bool
  default     = false
}
