"""Makes encodings.csv: what the encoder must make of people.csv, by another hand.

Nothing here is taken from the Rust code: HKDF is written from RFC 5869, HMAC and SHA-256 are Python's, the normalised
values are written by hand, and the rest follows the descriptions in the crate's documentation. Run it in this folder:
`python3 make_encodings.py > encodings.csv`.
"""

import hashlib
import hmac

KEY = bytes(range(32))
AGREEMENT = b"vector-agreement"
EPOCH = 3
SCHEMA_DIGEST = bytes(range(128, 160))


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def text(value):
    return len(value).to_bytes(4, "big") + value


BINDING = text(AGREEMENT) + EPOCH.to_bytes(4, "big") + SCHEMA_DIGEST
EXTRACTED = mac(b"counterfoil/1/pseudonymisation-key", KEY)


def subkey(use, name=b""):
    # RFC 5869, one block: T(1) = HMAC(PRK, info || 0x01).
    info = text(b"counterfoil/1/" + use) + BINDING + text(name)
    return mac(EXTRACTED, info + b"\x01")


def soundex(name):
    codes = {c: d for d, cs in {"1": "BFPV", "2": "CGJKQSXZ", "3": "DT", "4": "L", "5": "MN", "6": "R"}.items() for c in cs}
    letters = [c for c in name if "A" <= c <= "Z"]
    if not letters:
        return None
    kept = letters[0] + "".join(c for c in letters[1:] if c not in "HW")
    digits = [codes.get(c, "0") for c in kept]
    squeezed = [d for i, d in enumerate(digits) if i == 0 or d != digits[i - 1]]
    return (letters[0] + "".join(d for d in squeezed[1:] if d != "0") + "000")[:4]


FORMS = {
    "name.whole": lambda v: v.replace(" ", ""),
    "whole": lambda v: v,
    "initial": lambda v: v.replace(" ", "")[:1],
    "first_three": lambda v: v.replace(" ", "")[:3],
    "first_word": lambda v: v.split()[0],
    "soundex": soundex,
    "year": lambda v: v[:4],
    "year_month": lambda v: v[:6],
    "month_day": lambda v: v[4:],
    "day_month_unordered": lambda v: v[:4] + "".join(sorted([v[4:6], v[6:]])),
    "outward": lambda v: v.split()[0],
    "sector": lambda v: v[: v.index(" ") + 2],
}


def part(person, name):
    field, _, form = name.partition(".")
    form = form or "whole"
    if form == "whole" and field in ("family_name", "given_name"):
        form = "name.whole"
    value = person.get(field)
    value = FORMS[form](value) if value else None
    return value.encode() if value else None


MATCH_KEYS = {
    "nhs_dob": ["nhs_number", "date_of_birth"],
    "names_dob_sex": ["family_name", "given_name", "date_of_birth", "sex"],
    "sounds_swapped": ["family_name.soundex", "given_name.initial", "date_of_birth.day_month_unordered", "postcode.sector"],
    "practice_number": ["gp_practice", "hospital_number"],
    "address_born": ["address", "date_of_birth.month_day", "given_name.first_three"],
}
BLOCKING = {
    "sound_year": ["family_name.soundex", "date_of_birth.year"],
    "outward_month": ["postcode.outward", "date_of_birth.year_month"],
    "first_words": ["family_name.first_word", "given_name.first_word"],
}
FEATURES = [
    ("family_name", 2, 200),
    ("given_name.first_word", 3, 150),
    ("date_of_birth", 1, 90),
    ("postcode", 4, 77),
    ("address.first_word", 2, 5),
]
LENGTH = 1024
DIFFUSION = 10


def token(person, use, name, parts, size):
    values = [part(person, p) for p in parts]
    if None in values:
        return None
    return mac(subkey(use, name.encode()), b"".join(text(v) for v in values))[:size]


def numbers(tag):
    return [int.from_bytes(tag[i : i + 2], "big") % LENGTH for i in range(0, 32, 2)]


def short(n):
    return n.to_bytes(2, "big")


def filter_bits(person, salt_part):
    salt = b""
    if salt_part:
        salt = part(person, salt_part)
        if salt is None:
            return None
    bits, any_feature = set(), False
    for place, (name, q, budget) in enumerate(FEATURES):
        value = part(person, name)
        if value is None:
            continue
        any_feature = True
        full = name if "." in name else name + ".whole"
        key = subkey(b"clk-feature", f"{place}.{full}".encode())
        padded = "_" * (q - 1) + value.decode() + "_" * (q - 1)
        grams = [padded[i : i + q] for i in range(len(padded) - q + 1)]
        for i, gram in enumerate(grams):
            share = budget // len(grams) + (1 if i < budget % len(grams) else 0)
            occurrence = grams[:i].count(gram)
            head = short(len(salt)) + salt + short(len(gram.encode())) + gram.encode() + short(occurrence)
            drawn = []
            block = 0
            while len(drawn) < share:
                drawn += numbers(mac(key, head + short(block)))
                block += 1
            bits.update(drawn[:share])
    return bits if any_feature else None


def taps():
    key = subkey(b"clk-diffusion")
    rows = []
    for output in range(LENGTH):
        chosen, block = [], 0
        while len(chosen) < DIFFUSION:
            for n in numbers(mac(key, short(output) + short(block))):
                if n not in chosen and len(chosen) < DIFFUSION:
                    chosen.append(n)
            block += 1
        rows.append(chosen)
    return rows


TAPS = taps()


def words(bits):
    return b"".join(sum(1 << (b % 64) for b in bits if b // 64 == w).to_bytes(8, "big") for w in range(LENGTH // 64))


def clk(person):
    bits = filter_bits(person, "date_of_birth.year")
    if bits is None:
        return None
    return words({i for i, row in enumerate(TAPS) if sum(b in bits for b in row) % 2})


def plain_clk(person):
    bits = filter_bits(person, None)
    return None if bits is None else words(bits)


def encoding(person):
    for name, parts in MATCH_KEYS.items():
        yield "token", name, token(person, b"token", name, parts, 16)
    for name, parts in BLOCKING.items():
        yield "blocking", name, token(person, b"blocking", name, parts, 8)
    yield "clk", "diffused", clk(person)


NAMES = ["nhs_number", "family_name", "given_name", "date_of_birth", "sex", "postcode", "gp_practice", "hospital_number", "address"]

# people.csv, normalised by hand.
PEOPLE = [
    ["9434765919", "OBRIEN", "ANN MARIE", "19500403", "2", "DN31 1AA", "A81001", "RX12345", "8 STANLEY ST"],
    ["9990000018", "BANANA ANAN", "ZOE", "20000229", "2", "SW1A 2AA", "B82005", "0042", "ROSE COTTAGE"],
    [None, "LUKASIEWICZ", "JO", None, "1", None, "C83003", "7", None],
    ["9990000026", "ИВАНОВ", "МАРИЯ", "19851201", None, "M1 1AE", None, "A1", None],
    [None, None, None, "19721011", "1", "SO1 1AA", "D84004", None, "FLAT 2 3"],
    ["9990000034", "NG", "O", "19721112", "1", "B33 8TH", None, "Q9", "XX LODGE"],
]

# The canary people of the fingerprint: one list a rule, normalised by hand.
CANARIES = {
    "nhs_number": ["9434765919", "9434765919", "9990000018", "9990000026", "9990000034", "9990000042", None, None, None,
                   "9990000050", "9990000069", None, "9990000077", "9990000085", "9990000093", "9990000107"],
    "family_name": ["OBRIEN", "OBRIEN", "SMITH JONES", "SMITH JONES", "LUKASIEWICZ", "MULLER", "VANDERBERG", None, None,
                    "MACDONALD", "DARCY", "STRAUSS", "ИВАНОВ", "NUNEZ", None, "TAYLOR"],
    "given_name": ["ANNE MARIE", "ANNE MARIE", "JOHN", "ZOE", "JOSE LUIS", None, None, "SIAN", "J", None, "BJORN", "МАРИЯ",
                   "THORA", "JANE", None, "MARY POLLY"],
    "date_of_birth": ["19500403", "19500403", "19500403", "19500403", None, "19850101", None, "20000229", None, "19991231",
                      None, "18950101", "20200615", None, "19721112", "19721211"],
    "sex": ["1", "2", "1", "2", "1", "2", None, None, None, None, None, None, "1", "2", "1", "2"],
    "postcode": ["DN31 1AA", "DN31 1AA", "DN31 1AA", "SW1A 1AA", "M1 1AE", "B33 8TH", "SO1 1AA", "DN31 1AA", None, None,
                 "W1A 0AX", "EC1A 1BB", "CR2 6XH", "GIR 0AA", None, None],
    "gp_practice": ["A81001", "B82005", None, None, "Y00001", "W91001", None, None, "C83003", "D84004", "E85005", "F86006",
                    None, "G87007", "H88008", "J89009"],
    "hospital_number": ["AB1234", "AB1234", None, None, "REC7", "5304218", "X9999", None, "A1", None, "1234", "Z", "0000", "Q1",
                        None, "1111"],
    "address": ["8 STANLEY ST", "8 STANLEY ST", "FLAT 2 3", None, None, "ROSE COTTAGE MILL LANE", "ST JOHNS RD",
                "12A HIGH STREET", "UNIT 5", None, "YSGOL Y GRAIG", "CAFE ROW", "99", "12 ELM", "THE OLD BARN", None],
}


def fingerprint():
    message = BINDING
    for p in range(16):
        person = {name: CANARIES[name][(p + f) % 16] for f, name in enumerate(NAMES)}
        for _, _, value in encoding(person):
            message += b"\x00" if value is None else b"\x01" + value
    return mac(subkey(b"fingerprint"), message)


print("person,kind,name,hex")
for number, values in enumerate(PEOPLE, 1):
    person = dict(zip(NAMES, values))
    for kind, name, value in [*encoding(person), ("clk", "plain", plain_clk(person))]:
        print(f"{number},{kind},{name},{'' if value is None else value.hex()}")
print(f"0,fingerprint,fingerprint,{fingerprint().hex()}")
