# What somebody is told of at once. Each alert names the page that says what to do: playbooks/<alert>.md.

resource "google_monitoring_notification_channel" "mail" {
  for_each = var.alert_emails

  project      = var.project_id
  display_name = each.key
  type         = "email"
  labels       = { email_address = each.key }
  depends_on   = [google_project_service.api]
}

locals {
  channels = [for channel in google_monitoring_notification_channel.mail : channel.id]

  # The functions themselves, and Google's agents of this project; everybody else is a person, or acts for one. Whoever
  # has no address (a federated identity) is a person too.
  steps    = ["analyse", "claim", "draw", "erase", "forfeit", "freeze", "intake", "notify", "prepare", "ship", "status"]
  who      = "protoPayload.authenticationInfo.principalEmail"
  is_ours  = "${local.who}=~\"^fn-(${join("|", local.steps)})@${var.project_id}[.]iam[.]gserviceaccount[.]com$\" OR ${local.who}=~\"^service-${var.project_number}@[a-z0-9-]+[.]iam[.]gserviceaccount[.]com$\""
  appliers = join(" OR ", [for who in(startswith(var.deployer, "group:") ? sort(var.appliers) : [split(":", var.deployer)[1]]) : "\"${who}\""])
  function = "resource.type=\"cloud_run_revision\" AND jsonPayload"
  tampered = "jsonPayload.code=(\"questions_differ\" OR \"rows_differ\")"

  log_alerts = {
    # Also whoever borrows a function's account.
    human-decrypt = {
      severity = "CRITICAL"
      what     = "プログラムではなく、人のアカウントが鍵・秘密情報・データベースを使いました。"
      filter   = <<-FILTER
        log_id("cloudaudit.googleapis.com/data_access")
        AND protoPayload.methodName=~"(Decrypt|AccessSecretVersion|RunQuery|RunAggregationQuery|BatchGetDocuments|GetDocument|ListDocuments|Listen|GenerateAccessToken|SignBlob|SignJwt)$"
        AND NOT (${local.is_ours})
      FILTER
    }
    # Also what never reached a function: a schedule that is refused, a function that was killed. E-301 is intake's tick
    # before prepare has been pressed; 503 and UNAVAILABLE are tried again by themselves.
    step-failed = {
      severity = "CRITICAL"
      what     = "機能が、自分では直せない誤りで止まりました。"
      filter   = <<-FILTER
        (${local.function}.event=("broken" OR "dropped") AND NOT jsonPayload.code="E-301")
        OR (${local.function}.event="alarm" AND NOT jsonPayload.step=("intake" OR "erase"))
        OR (log_id("run.googleapis.com/requests") AND httpRequest.status>=500 AND NOT httpRequest.status=503)
        OR (resource.type="cloud_scheduler_job" AND severity>=ERROR AND NOT jsonPayload.status="UNAVAILABLE")
      FILTER
    }
    watch-expiring = {
      severity = "WARNING"
      what     = "Googleフォームの通知が延びていない、フォームを読めない、または設問が変わりました。"
      filter   = "${local.function}.step=\"intake\" AND jsonPayload.event=\"alarm\" AND NOT ${local.tampered}"
    }
    mail-unknown = {
      severity = "ERROR"
      what     = "送れたかどうかを確かめられないメールがあります。"
      filter   = "${local.function}.step=\"notify\" AND jsonPayload.code=(\"presumed_sent\" OR \"E-605\")"
    }
    erasure-overdue = {
      severity = "CRITICAL"
      what     = "消去が予定どおりに進んでいません。"
      filter   = "${local.function}.step=\"erase\" AND jsonPayload.event=\"alarm\" AND jsonPayload.code=\"overdue\""
    }
    # Whatever else erase rings for: a file or a row that is not ours, a place that fills again after 完了.
    erasure-doubted = {
      severity = "CRITICAL"
      what     = "消去の記録か報告に、このシステムが作ったものではないものがあるか、完了の後に個人情報が見つかりました。"
      filter   = "${local.function}.step=\"erase\" AND jsonPayload.event=\"alarm\" AND NOT jsonPayload.code=\"overdue\""
    }
    # Alarms too: whoever takes one away is told of by the others. Also what somebody has written, by whatever account, once a full read finds that nobody who took part gave it.
    breach = {
      severity = "CRITICAL"
      what     = "構築用のアカウントではない人が、鍵・ログ・警報・保存場所・機能の設定を変えたか、保存された応募が書き換えられたおそれがあります。"
      filter   = <<-FILTER
        (${local.function}.event="alarm" AND ${local.tampered})
        OR (
        log_id("cloudaudit.googleapis.com/activity")
        AND protoPayload.methodName=~"((Create|Destroy|Import|Restore|Update)CryptoKeyVersion|(Clone|Create|Delete|Replace|Restore|Update)(Sink|Bucket|Exclusion|Database|Function|Secret|Service|Subscription)|(Delete|Update)(AlertPolicy|LogMetric|NotificationChannel)|storage[.]buckets[.](create|delete|update)|ExportDocuments)$"
        AND NOT ${local.who}=(${local.appliers})
        AND NOT (${local.is_ours})
        )
      FILTER
    }
    # The console writes documents by the same methods; imports and deletions in bulk are not told row by row.
    database-written = {
      severity = "CRITICAL"
      what     = "プログラムではなく、人のアカウントが、データベースに書き込みました。"
      filter   = <<-FILTER
        (log_id("cloudaudit.googleapis.com/data_access") OR log_id("cloudaudit.googleapis.com/activity"))
        AND protoPayload.serviceName=("firestore.googleapis.com" OR "datastore.googleapis.com")
        AND protoPayload.methodName=~"(Commit|Write|(Create|Delete|Update)Document|(BulkDelete|Import)Documents|ImportEntities)$"
        AND NOT (${local.is_ours})
      FILTER
    }
    # Whatever is done to a file but to read it. People drop and take away in claims; archives come with an apply.
    object-written = {
      severity = "CRITICAL"
      what     = "プログラムではなく、人のアカウントが、保存場所のファイルを作成・変更・削除しました。"
      filter   = <<-FILTER
        log_id("cloudaudit.googleapis.com/data_access")
        AND protoPayload.methodName=~"^storage[.]objects[.]"
        AND NOT protoPayload.methodName=~"[.](get|list)$"
        AND resource.labels.bucket_name=~"^${var.project_id}-"
        AND NOT (resource.labels.bucket_name="${google_storage_bucket.claims.name}" AND NOT ${local.who}=~"[.]gserviceaccount[.]com$")
        AND NOT (resource.labels.bucket_name="${google_storage_bucket.sources.name}" AND ${local.who}=(${local.appliers}))
        AND NOT (${local.is_ours})
      FILTER
    }
    # Terraform makes secrets, never a version: the credentials of the mailbox are added by hand, and ring.
    secret-added = {
      severity = "CRITICAL"
      what     = "プログラムではなく、人のアカウントが、秘密情報の版を加え、または使えるか否かを変えました。"
      filter   = <<-FILTER
        (log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/data_access"))
        AND protoPayload.methodName=~"(Add|Destroy|Disable|Enable)SecretVersion$"
        AND NOT (${local.is_ours})
      FILTER
    }
    # Also who wraps a keyset, which then could be planted.
    signed-by-hand = {
      severity = "CRITICAL"
      what     = "プログラムではなく、人のアカウントが、証拠の鍵で署名し、または鍵で何かを封じました。"
      filter   = <<-FILTER
        log_id("cloudaudit.googleapis.com/data_access")
        AND protoPayload.serviceName="cloudkms.googleapis.com"
        AND protoPayload.methodName=~"(AsymmetricSign|MacSign|Encrypt)$"
        AND NOT (${local.is_ours})
      FILTER
    }
    # IAM's own methods spell it SetIAMPolicy, and undelete ends as delete. Google's manager of agents grants them their roles.
    access-changed = {
      severity = "CRITICAL"
      what     = "構築用のアカウントではない人が、権限を変えました。"
      filter   = <<-FILTER
        log_id("cloudaudit.googleapis.com/activity")
        AND protoPayload.methodName=~"(?i)(SetIamPolicy|setIamPermissions|ServiceAccountKey|(Create|Delete|Disable|Enable|Patch|Update)ServiceAccount|(Create|Delete|Update)(Role|Policy|WorkloadIdentityPool|WorkloadIdentityPoolProvider))$"
        AND NOT ${local.who}=(${local.appliers})
        AND NOT ${local.who}="service-agent-manager@system.gserviceaccount.com"
        AND NOT (${local.is_ours})
      FILTER
    }
    schedule-changed = {
      severity = "ERROR"
      what     = "構築用のアカウントではない人が、定期実行を変え、止め、または動かしました。"
      filter   = <<-FILTER
        log_id("cloudaudit.googleapis.com/activity")
        AND protoPayload.serviceName="cloudscheduler.googleapis.com"
        AND protoPayload.methodName=~"(Create|Delete|Pause|Resume|Run|Update)Job$"
        AND NOT ${local.who}=(${local.appliers})
        AND NOT (${local.is_ours})
      FILTER
    }
  }
}

resource "google_monitoring_alert_policy" "log" {
  for_each = local.log_alerts

  project               = var.project_id
  display_name          = each.key
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels

  conditions {
    display_name = each.key
    condition_matched_log { filter = each.value.filter }
  }

  alert_strategy {
    notification_rate_limit { period = "3600s" }
    auto_close = "604800s"
  }

  documentation {
    subject   = "【prizedraw】${each.value.what}"
    content   = "${each.value.what}\n\n手順：infra/terraform/playbooks/${each.key}.md"
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  project               = var.project_id
  display_name          = "dead-letters"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  conditions {
    display_name = "dead-letters"

    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  alert_strategy { auto_close = "604800s" }

  documentation {
    subject   = "【prizedraw】処理できない知らせが取り置かれました。"
    content   = "フォームの通知、または登録ファイルの知らせを、何度試しても処理できませんでした。\n\n手順：infra/terraform/playbooks/dead-letters.md"
    mime_type = "text/markdown"
  }
}

locals {
  # A day as a number, 20260203, in UTC as PromQL tells it: a metric that is absent cannot be asked for its window.
  today       = "(10000 * year() + 100 * month() + day_of_month())"
  opening_day = formatdate("YYYYMMDD", timeadd(local.moment.opens_at, "-9h"))
  closing_day = formatdate("YYYYMMDD", timeadd(local.moment.closes_at, "-9h"))
}

resource "google_monitoring_alert_policy" "nothing_received" {
  project               = var.project_id
  display_name          = "nothing-received"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  conditions {
    display_name = "nothing-received"

    condition_prometheus_query_language {
      query               = <<-QUERY
        (sum(increase(logging_googleapis_com:user_${google_logging_metric.received.name}{monitored_resource="cloud_run_revision"}[24h])) or vector(0)) < 1
        and on() ${local.today} > ${local.opening_day}
        and on() ${local.today} < ${local.closing_day}
      QUERY
      duration            = "0s"
      evaluation_interval = "3600s"

      # Nothing has been received when this is made, and a metric that was never written is unknown to the service.
      disable_metric_validation = true
    }
  }

  alert_strategy { auto_close = "604800s" }

  documentation {
    subject   = "【prizedraw】受付期間中なのに、まる一日、応募の取り込みがありません。"
    content   = "受付期間中なのに、まる一日、新しい応募が一件も取り込まれていません。\n\n手順：infra/terraform/playbooks/nothing-received.md"
    mime_type = "text/markdown"
  }
}
