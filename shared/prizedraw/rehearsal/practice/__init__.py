"""
A campaign to practise on: the rehearsal's stage with a person's hand on it, in the browser; never shipped.

`world` is the campaign under the hand: it calls the functions, moves the clock by the `timetable` of Cloud Scheduler,
and lets entrants and winners (`registering`) come in meanwhile, with what goes wrong in life (`mishaps`). `showing`
says what there is to see, `mail_reading` how a mail is shown; `desk` is what may be asked of it, `server` the page on
loopback that asks (`page/`).
"""
