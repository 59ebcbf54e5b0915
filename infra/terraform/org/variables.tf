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
    condition     = can(regex("^(user|group|serviceAccount):[^@[:space:]]+@[^@[:space:]]+$", var.deployer))
    error_message = "deployer is user:, group: or serviceAccount: followed by an address."
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

variable "enforce_service_usage" {
  description = "Refuse other services, not only log them. Turn on when the dry run's log has been empty for a week."
  type        = bool
  default     = false
}
