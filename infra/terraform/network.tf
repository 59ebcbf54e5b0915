# Functions speak to Google by private addresses, and to nobody else. `draw` alone, where its randomness is drand, has a
# network of its own with a way out to the named relays. Networks, not tags: the others have no route to anywhere else.

locals {
  networks = merge(
    { closed = { cidr = "10.10.0.0/24" } }, # direct VPC egress needs a /26 or larger
    local.is_drand ? { relays = { cidr = "10.20.0.0/24" } } : {},
  )

  closed = { network = google_compute_network.vpc["closed"].id, subnetwork = google_compute_subnetwork.functions["closed"].id }
  relays = local.is_drand ? { network = google_compute_network.vpc["relays"].id, subnetwork = google_compute_subnetwork.functions["relays"].id } : local.closed

  # https://cloud.google.com/vpc/docs/configure-private-google-access#domain-options
  vips = {
    restricted = { cidr = "199.36.153.4/30", addresses = ["199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7"] }
    private    = { cidr = "199.36.153.8/30", addresses = ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"] }
  }
}

resource "google_compute_network" "vpc" {
  for_each = local.networks

  project                                   = var.project_id
  name                                      = "prizedraw-${each.key}"
  auto_create_subnetworks                   = false
  delete_default_routes_on_create           = true
  network_firewall_policy_enforcement_order = "BEFORE_CLASSIC_FIREWALL"
  depends_on                                = [google_project_service.api]
}

resource "google_compute_subnetwork" "functions" {
  for_each = local.networks

  project                  = var.project_id
  name                     = "prizedraw-${each.key}"
  region                   = local.tokyo
  network                  = google_compute_network.vpc[each.key].id
  ip_cidr_range            = each.value.cidr
  private_ip_google_access = true

  # Of a function's traffic little or nothing comes of this; it is for whatever else may one day stand here.
  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 1
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_route" "google" {
  for_each = { for pair in setproduct(keys(local.networks), keys(local.vips)) : join("-", pair) => { network = pair[0], vip = pair[1] } }

  project          = var.project_id
  name             = "prizedraw-${each.key}"
  network          = google_compute_network.vpc[each.value.network].id
  dest_range       = local.vips[each.value.vip].cidr
  next_hop_gateway = "default-internet-gateway" # so it is called; these ranges stay inside Google's network
}

# The restricted address serves what VPC Service Controls cover; Workspace's APIs (and Drive, under www) are not covered.
resource "google_dns_managed_zone" "googleapis" {
  project     = var.project_id
  name        = "googleapis"
  dns_name    = "googleapis.com."
  description = "Google APIs by their private addresses"
  visibility  = "private"

  private_visibility_config {
    dynamic "networks" {
      for_each = google_compute_network.vpc
      content { network_url = networks.value.id }
    }
  }
}

resource "google_dns_record_set" "vip" {
  for_each = local.vips

  project      = var.project_id
  managed_zone = google_dns_managed_zone.googleapis.name
  name         = "${each.key}.googleapis.com."
  type         = "A"
  ttl          = 300
  rrdatas      = each.value.addresses
}

resource "google_dns_record_set" "api" {
  for_each = {
    "*"    = "restricted"
    forms  = "private"
    gmail  = "private"
    oauth2 = "private"
    www    = "private"
  }

  project      = var.project_id
  managed_zone = google_dns_managed_zone.googleapis.name
  name         = "${each.key}.googleapis.com."
  type         = "CNAME"
  ttl          = 300
  rrdatas      = ["${each.value}.googleapis.com."]
}

resource "google_dns_policy" "logged" {
  project        = var.project_id
  name           = "prizedraw"
  enable_logging = true

  dynamic "networks" {
    for_each = google_compute_network.vpc
    content { network_url = networks.value.id }
  }
}

# No rule is logged: there are only functions here, and of their traffic no firewall log is taken whatever a rule says. DNS
# queries above, connections through NAT below, requests to functions and audit logs are what there is.
resource "google_compute_network_firewall_policy" "egress" {
  for_each = local.networks

  project    = var.project_id
  name       = "prizedraw-${each.key}"
  depends_on = [google_project_service.api]
}

resource "google_compute_network_firewall_policy_rule" "google" {
  for_each = local.networks

  project         = var.project_id
  firewall_policy = google_compute_network_firewall_policy.egress[each.key].name
  rule_name       = "google-apis"
  priority        = 1000
  direction       = "EGRESS"
  action          = "allow"

  match {
    dest_ip_ranges = [for vip in local.vips : vip.cidr]
    layer4_configs {
      ip_protocol = "tcp"
      ports       = ["443"]
    }
  }
}

resource "google_compute_network_firewall_policy_rule" "relays" {
  count = local.is_drand ? 1 : 0

  project         = var.project_id
  firewall_policy = google_compute_network_firewall_policy.egress["relays"].name
  rule_name       = "drand-relays"
  priority        = 1100
  direction       = "EGRESS"
  action          = "allow"

  match {
    dest_fqdns = distinct([for url in var.drand_relays : regex("^https://([^/]+)", url)[0]])
    layer4_configs {
      ip_protocol = "tcp"
      ports       = ["443"]
    }
  }
}

resource "google_compute_network_firewall_policy_rule" "deny" {
  for_each = { for pair in setproduct(keys(local.networks), ["EGRESS", "INGRESS"]) : join("-", pair) => { network = pair[0], direction = pair[1] } }

  project         = var.project_id
  firewall_policy = google_compute_network_firewall_policy.egress[each.value.network].name
  rule_name       = "deny-${lower(each.value.direction)}"
  priority        = each.value.direction == "EGRESS" ? 65000 : 65001
  direction       = each.value.direction
  action          = "deny"

  match {
    dest_ip_ranges = each.value.direction == "EGRESS" ? ["0.0.0.0/0"] : null
    src_ip_ranges  = each.value.direction == "INGRESS" ? ["0.0.0.0/0"] : null
    layer4_configs { ip_protocol = "all" }
  }
}

resource "google_compute_network_firewall_policy_association" "egress" {
  for_each = local.networks

  project           = var.project_id
  name              = "prizedraw-${each.key}"
  firewall_policy   = google_compute_network_firewall_policy.egress[each.key].id
  attachment_target = google_compute_network.vpc[each.key].id
}

# The way out of draw's network; the firewall lets it end at the relays.
resource "google_compute_route" "relays" {
  count = local.is_drand ? 1 : 0

  project          = var.project_id
  name             = "prizedraw-relays"
  network          = google_compute_network.vpc["relays"].id
  dest_range       = "0.0.0.0/0"
  next_hop_gateway = "default-internet-gateway"
  depends_on       = [google_compute_network_firewall_policy_association.egress]
}

resource "google_compute_router" "relays" {
  count = local.is_drand ? 1 : 0

  project = var.project_id
  name    = "prizedraw-relays"
  region  = local.tokyo
  network = google_compute_network.vpc["relays"].id
}

resource "google_compute_router_nat" "relays" {
  count = local.is_drand ? 1 : 0

  project                            = var.project_id
  name                               = "prizedraw-relays"
  region                             = local.tokyo
  router                             = google_compute_router.relays[0].name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.functions["relays"].id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ALL"
  }
}
