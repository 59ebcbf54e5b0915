variable "platform" {
  description = "What all functions share: project, location, folder of archives, bucket of sources, repository, builder, key."
  type = object({
    project    = string
    location   = string
    build      = string
    sources    = string
    repository = string
    builder    = string
    key        = string
  })
}

variable "step" {
  description = "The step's word."
  type        = string
}

variable "account" {
  description = "The step's own account."
  type        = string
}

variable "environment" {
  description = "Exactly the names that settings.py reads for this step."
  type        = map(string)
}

variable "ingress" {
  description = "ALLOW_ALL for what operators press in the console, ALLOW_INTERNAL_ONLY for the others."
  type        = string

  validation {
    condition     = contains(["ALLOW_ALL", "ALLOW_INTERNAL_ONLY"], var.ingress)
    error_message = "ingress is ALLOW_ALL or ALLOW_INTERNAL_ONLY."
  }
}

variable "network" {
  description = "Through which network it speaks."
  type        = object({ network = string, subnetwork = string })
}

variable "invokers" {
  description = "Who may call it, by a name for each."
  type        = map(string)

  validation {
    condition     = length(setintersection(values(var.invokers), ["allUsers", "allAuthenticatedUsers"])) == 0
    error_message = "No function is public."
  }
}

variable "schedule" {
  description = "When Cloud Scheduler calls it (cron, Asia/Tokyo), and as whom; null for never."
  type        = object({ cron = string, account = string })
  default     = null
}

variable "memory" {
  description = "Memory of an instance."
  type        = string
  default     = "512Mi"
}

variable "timeout" {
  description = "Seconds until a run is cut off. The steps stop by themselves after seven minutes."
  type        = number
  default     = 540

  validation {
    condition     = var.timeout <= 1740
    error_message = "Cloud Scheduler waits 30 minutes at most: timeout is 1740 or less."
  }
}
