"""
Read the files of a draw, by which every step decides; what `state` says of the draw is only a mirror to count by.

Nothing is believed because it lies there (docs/draw.md, section 1.7). Each file rests on those before it:

1. *Rules.* `evidence.pem` is the key that they pin, and they bear its signature.
2. *Commitment.* It bears the signature, names these rules, was frozen between closing and now, and its `draw_at`
   follows.
3. *Randomness.* Where Cloud KMS gave it, the file bears the signature, names this commitment, and it was asked for
   between `draw_at` and now.
4. *Record.* It bears the signature, names this commitment, was drawn between `draw_at` and now, by the rules' kind of
   randomness, and has the rules' prizes.
5. *Forfeits.* Each bears the signature, is named after its label, which has a place of this record, and its time lies
   between the record's and now.
6. *Returns.* Each bears the signature, is named after its label, names the forfeit of it that lapsed, and its time lies
   between that one's and now.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Self

from prizedraw.errors import Broken, Problem
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import EVIDENCE, UNSIGNED, read_signed
from prizedraw.lottery import restored_file
from prizedraw.lottery.awards import Prize
from prizedraw.lottery.draw_time import postpone
from prizedraw.lottery.files import Commitment, DrawRecord, Rules
from prizedraw.lottery.forfeit_file import FOLDER, ForfeitFile, label_of, name_of
from prizedraw.lottery.names import COMMITMENT, POOL, RECORD, RULES
from prizedraw.lottery.pool import Pool, read_pool
from prizedraw.lottery.randomness_file import NAME as RANDOMNESS
from prizedraw.lottery.randomness_file import RandomnessFile
from prizedraw.lottery.restored_file import RestoredFile
from prizedraw.ports import Clock, PublishedFile, PublishedFiles
from prizedraw.records.fulfilment import Why
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.running import ONLY
from prizedraw.times import stamp

FILES_DIFFER = Problem(
    "E-503",
    "公開ファイル {file} が、ほかの公開ファイルまたは確定した内容と一致しません。"
    "作業を止めて保守担当に連絡してください。",
)


@dataclass(frozen=True, kw_only=True)
class Committed:
    """The commitment as it stands, with its bytes and their hash."""

    commitment: Commitment
    data: bytes = field(repr=False)

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the file."""
        return sha256_hex(self.data)

    def mirror(self) -> Frozen:
        """Return its mirror in `state`."""
        made = self.commitment
        return Frozen(
            ONLY,
            commitment_hash=self.hash,
            pool_size=made.pool_size,
            ineligible=made.ineligible,
            frozen_at=stamp(made.frozen_at),
            draw_at=stamp(made.draw_at),
        )


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The record as it stands, with its bytes and their hash."""

    record: DrawRecord
    data: bytes = field(repr=False)

    @cached_property
    def hash(self) -> str:
        """Return the SHA-256 of the file, which each forfeit is held against."""
        return sha256_hex(self.data)

    @cached_property
    def given(self) -> frozenset[tuple[str, str]]:
        """Return which label has a place of which prize."""
        return frozenset((place.id, place.prize) for place in self.places())

    def places(self) -> Iterator[AwardedPlace]:
        """Yield the places of the record, in the rules' order of prizes and by rank."""
        for award in self.record.awards:
            for place, labels in (("winner", award.winners), ("reserve", award.reserves)):
                for number, label in enumerate(labels, 1):
                    yield AwardedPlace(label, award.prize, place, number)

    def mirror(self, prizes: Sequence[Prize]) -> Drawn:
        """Return its mirror in `state`, for the rules' *prizes*."""
        won = {award.prize: len(award.winners) for award in self.record.awards}
        short = {prize.id: prize.quantity - won[prize.id] for prize in prizes}
        return Drawn(
            ONLY,
            record_hash=self.hash,
            drawn_at=stamp(self.record.drawn_at),
            winners=sum(won.values()),
            reserves=sum(len(award.reserves) for award in self.record.awards),
            unawarded={prize: number for prize, number in short.items() if number > 0},
        )


@dataclass(frozen=True, kw_only=True)
class PublishedDraw:
    """
    The published files of one draw, and the evidence key by which they are believed.

    Every method raises `Broken`, naming the file, where one bears no valid signature or does not fit those before it.
    """

    files: PublishedFiles = field(repr=False)
    key: EvidenceKey
    rules: Rules
    rules_hash: str

    @classmethod
    def of(cls, files: PublishedFiles, found: PublishedFile) -> Self:
        """Read the rules that were *found*, and the key (1)."""
        rules, key = Rules.from_bytes(found.data), _key(files.read(EVIDENCE))
        if key.hash != rules.evidence_key:
            raise Broken(UNSIGNED, file=EVIDENCE)
        if not key.verifies(found.data, found.signature):
            raise Broken(UNSIGNED, file=RULES)
        return cls(files=files, key=key, rules=rules, rules_hash=sha256_hex(found.data))

    def commitment(self, clock: Clock) -> Committed | None:
        """Read the commitment (2); None before the freeze."""
        data = read_signed(self.files, self.key, COMMITMENT)
        if data is None:
            return None
        made, rules = Commitment.from_bytes(data), self.rules
        ours = (made.campaign, made.rules_hash) == (rules.campaign, self.rules_hash)
        in_time = rules.closes_at <= made.frozen_at <= clock()
        of_time = made.draw_at == postpone(rules.draw_at, made.frozen_at)
        if not (ours and in_time and of_time):
            raise Broken(FILES_DIFFER, file=COMMITMENT)
        return Committed(commitment=made, data=data)

    def pool(self, commitment: Commitment) -> Pool:
        """Read the pool to which *commitment* commits."""
        data = read_signed(self.files, self.key, POOL)
        if data is None or sha256_hex(data) != commitment.pool_hash:
            raise Broken(FILES_DIFFER, file=POOL)
        return read_pool(data, self.rules.prize_ids)

    def randomness(self, committed: Committed, now: datetime) -> RandomnessFile | None:
        """Read what Cloud KMS gave for the draw of this commitment (3); None before it was asked."""
        data = read_signed(self.files, self.key, RANDOMNESS)
        return self.randomness_of(data, committed, now) if data is not None else None

    def randomness_of(self, data: bytes, committed: Committed, now: datetime) -> RandomnessFile:
        """Judge the bytes of what Cloud KMS gave (3), whose signature is ours."""
        file = RandomnessFile.from_bytes(data)
        ours = (file.campaign, file.commitment_hash) == (self.rules.campaign, committed.hash)
        if not (ours and committed.commitment.draw_at <= file.asked_at <= now):
            raise Broken(FILES_DIFFER, file=RANDOMNESS)
        return file

    def record(self, clock: Clock) -> Recorded | None:
        """Read the record (4); None before the draw."""
        data = read_signed(self.files, self.key, RECORD)
        if data is None:
            return None
        made, committed = DrawRecord.from_bytes(data), self.commitment(clock)
        if committed is None:
            raise Broken(FILES_DIFFER, file=COMMITMENT)
        ours = (made.campaign, made.commitment_hash) == (self.rules.campaign, committed.hash)
        of_rules = made.randomness.kind == self.rules.randomness.kind
        of_prizes = tuple(award.prize for award in made.awards) == self.rules.prize_ids
        in_time = committed.commitment.draw_at <= made.drawn_at <= clock()
        if not (ours and of_rules and of_prizes and in_time):
            raise Broken(FILES_DIFFER, file=RECORD)
        return Recorded(record=made, data=data)

    def forfeits(self, recorded: Recorded, clock: Clock) -> list[ForfeitFile]:
        """Read the forfeits of the record (5), sorted by name."""
        named = [name for name in self.files.names(FOLDER) if label_of(name) is not None]
        now = clock()  # after they were listed: one that was created meanwhile is not of the future
        return [file for name in named if (file := self.forfeit(name, recorded, now)) is not None]

    def forfeit(self, name: str, recorded: Recorded, now: datetime) -> ForfeitFile | None:
        """Read one forfeit (5) by the name of its file; None if there is none."""
        data = read_signed(self.files, self.key, name)
        return self.forfeit_of(name, data, recorded, now) if data is not None else None

    def forfeit_of(self, name: str, data: bytes, recorded: Recorded, now: datetime) -> ForfeitFile:
        """Judge the bytes of one forfeit (5), whose signature is ours."""
        file = ForfeitFile.from_bytes(data, name)
        ours = (file.campaign, file.record_hash) == (self.rules.campaign, recorded.hash)
        has_place = (file.label, file.prize) in recorded.given
        if not (ours and has_place and recorded.record.drawn_at <= file.at <= now):
            raise Broken(FILES_DIFFER, file=name)
        return file

    def is_given_up(self, label: str) -> bool:
        """Tell whether there is a file that gives up a label's place; unlike the others this judges no signature."""
        return self.files.find(name_of(label)) is not None

    def returns(self, recorded: Recorded, forfeits: Iterable[ForfeitFile], clock: Clock) -> list[RestoredFile]:
        """Read the returns of the record (6), sorted by name; *forfeits* are those that were read before."""
        by_label, listed = {file.label: file for file in forfeits}, self.files.names(FOLDER)
        labels = [label for name in listed if (label := restored_file.label_of(name)) is not None]
        now = clock()
        found = [self.restored(label, recorded, by_label.get(label), now) for label in labels]
        return [file for file in found if file is not None]

    def restored(
        self, label: str, recorded: Recorded, forfeit: ForfeitFile | None, now: datetime
    ) -> RestoredFile | None:
        """Read the return of a *label* (6), which takes back its *forfeit*; None if there is none."""
        data = read_signed(self.files, self.key, restored_file.name_of(label))
        return self.restored_of(label, data, recorded, forfeit, now) if data is not None else None

    def restored_of(
        self, label: str, data: bytes, recorded: Recorded, forfeit: ForfeitFile | None, now: datetime
    ) -> RestoredFile:
        """Judge the bytes of the return of a *label* (6), whose signature is ours."""
        name = restored_file.name_of(label)
        file = RestoredFile.from_bytes(data, name)
        if forfeit is None or forfeit.why is not Why.LAPSED:
            raise Broken(FILES_DIFFER, file=name)
        ours = (file.campaign, file.record_hash) == (self.rules.campaign, recorded.hash)
        of_it = (file.prize, file.forfeit_hash) == (forfeit.prize, sha256_hex(forfeit.to_bytes()))
        if not (ours and of_it and forfeit.at < file.at <= now):
            raise Broken(FILES_DIFFER, file=name)
        return file


def _key(pem: bytes | None) -> EvidenceKey:
    try:
        return EvidenceKey(pem or b"")
    except ValueError:
        raise Broken(UNSIGNED, file=EVIDENCE) from None
