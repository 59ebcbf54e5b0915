# One page for the infra team. Operators look at `status`.

locals {
  charts = [
    {
      title = "応募の取り込み（新しい応募のあった回数／時）"
      query = "sum(increase(logging_googleapis_com:user_${google_logging_metric.received.name}{monitored_resource=\"cloud_run_revision\"}[1h]))"
    },
    {
      title = "機能ごとの結果（回／時）"
      query = "sum by (step, event) (increase(logging_googleapis_com:user_${google_logging_metric.events.name}{monitored_resource=\"cloud_run_revision\"}[1h]))"
    },
    {
      title = "処理時間（秒、95パーセンタイル）"
      query = "histogram_quantile(0.95, sum by (service_name, le) (increase(run_googleapis_com:request_latencies_bucket{monitored_resource=\"cloud_run_revision\"}[1h]))) / 1000"
    },
    {
      title = "取り置かれた知らせ"
      query = "max(pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=\"${google_pubsub_subscription.dead_letters.name}\"})"
    },
  ]
}

resource "google_monitoring_dashboard" "overview" {
  project = var.project_id

  dashboard_json = jsonencode({
    displayName = "prizedraw ${var.campaign}"
    mosaicLayout = {
      columns = 12
      tiles = [
        for i, chart in local.charts : {
          xPos   = 6 * (i % 2)
          yPos   = 4 * floor(i / 2)
          width  = 6
          height = 4
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType        = "LINE"
                timeSeriesQuery = { prometheusQuery = chart.query }
              }]
            }
          }
        }
      ]
    }
  })
}
