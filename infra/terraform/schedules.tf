# When each step is called, by the campaign file. The jobs stand on the pages of their functions.

locals {
  # The days on which a schedule runs. A cron line knows no years, so it also names these days of other years: a step
  # that is called when nothing is due says so and does nothing.
  from = {
    intake  = timeadd(local.moment.opens_at, "-24h")
    freeze  = local.moment.closes_at
    draw    = local.moment.draw_at
    notify  = timeadd(local.moment.opens_at, "-720h") # the ward gets the rules before opening, soon after prepare
    forfeit = local.moment.draw_at
    analyse = local.moment.draw_at
    erase   = local.moment.draw_at
  }
  to = {
    intake  = timeadd(local.moment.draw_at, "168h") # once after the freeze, to end its watch
    freeze  = timeadd(local.moment.closes_at, "144h")
    draw    = timeadd(local.moment.draw_at, "144h") # a late freeze puts the draw off by whole days
    notify  = local.day.ends
    forfeit = local.day.ends
    analyse = local.day.ends
    erase   = timeadd(local.day.ends, "1440h") # until nothing can be restored any more, mail included
  }
  days   = { for step, from in local.from : step => [for n in range(366) : timeadd(from, "${24 * n}h") if timecmp(timeadd(from, "${24 * n}h"), local.to[step]) <= 0] }
  dates  = { for step, days in local.days : step => join(",", distinct([for day in days : formatdate("D", day)])) }
  months = { for step, days in local.days : step => join(",", distinct([for day in days : formatdate("M", day)])) }

  # All in Asia/Tokyo. `draw` begins five minutes after its time, when the round of drand is there.
  cron = {
    intake  = "*/10 * * ${local.months.intake} *"
    freeze  = "20 * ${local.dates.freeze} ${local.months.freeze} *"
    draw    = "${formatdate("m", timeadd(local.moment.draw_at, "5m"))} * ${local.dates.draw} ${local.months.draw} *"
    notify  = "30 * * ${local.months.notify} *" # at night too: the ward's mails wait for no hour, people's do
    forfeit = "0 8 * ${local.months.forfeit} *"
    analyse = "0 7 * ${local.months.analyse} *"
    erase   = "0 6 * ${local.months.erase} *"
  }
}
