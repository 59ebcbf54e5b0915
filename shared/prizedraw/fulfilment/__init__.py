"""From the award to the parcel (当選から発送まで): claim codes, registrations, holders, shipping lists."""
