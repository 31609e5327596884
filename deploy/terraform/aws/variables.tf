variable "keys" {
  description = "The keys: splitsign key id (tenant/name) => what it is for."
  type        = map(string)

  validation {
    condition     = length(var.keys) > 0 && alltrue([for id, _ in var.keys : can(regex("^[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}$", id))])
    error_message = "Give at least one key, each as tenant/name in the letters a-z, digits and . _ -, as splitsign names keys."
  }
}

variable "signer_role_name" {
  description = "The IAM role that the signer runs as. The policy is attached to it; null attaches it to nobody."
  type        = string
  default     = null
}

variable "signer_may_create_keys" {
  description = "Whether `splitsign keys create` and the rotation scheduler may make keys. Without it, an operator makes them and `splitsign keys adopt` takes them. Whoever may make and tag keys can tag any key of the account, and so give itself its use: where this is true, let the signer have an account of its own."
  type        = bool
  default     = false
}

variable "administrator_arns" {
  description = "Who may administer the keys (disable, schedule deletion, change the policy) and may not sign with them. Empty: IAM policies of the account decide."
  type        = list(string)
  default     = []
}

variable "deletion_window_in_days" {
  description = "Days between the wish to delete a key and its end. What it has signed can be verified without it."
  type        = number
  default     = 30
}

variable "name" {
  description = "The name of the policy, and the beginning of the aliases."
  type        = string
  default     = "splitsign"
}

variable "tags" {
  description = "Tags for everything."
  type        = map(string)
  default     = {}
}
