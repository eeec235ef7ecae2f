"""Makes the Parquet files beside this script from the small shop log of tools/world/shop.mjs.

Run by hand in the root of the checkout, with pyarrow and zstandard installed: python tests/world/parquet/make.py
Tests read the files alone.
"""

import json
import os
import struct
import subprocess
from datetime import datetime, timezone
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from hadoop_lz4 import framed

HERE = os.path.dirname(os.path.abspath(__file__))
SHOP = "import { events } from './tools/world/shop.mjs'; console.log(JSON.stringify(events))"
EVENTS = json.loads(subprocess.check_output(["node", "--input-type=module", "-e", SHOP]))
ITEMS = {e["id"]: e for e in EVENTS}


def path(name):
    return os.path.join(HERE, name)


def of(key, typ=None):
    return pa.array([e[key] for e in EVENTS], typ)


def stamps(unit, zone=None):
    per = {"s": 1000, "ms": 1, "us": 0.001, "ns": 0.000001}[unit]
    values = [e["at"] // 1000 if unit == "s" else round(e["at"] / per) for e in EVENTS]
    return pa.array(values, pa.timestamp(unit, tz=zone))


def log(**columns):
    plain = {"session": of("session"), "item": of("id"), "time": of("at"), "event": of("kind")}
    return pa.table({**plain, **columns})


def write(name, table, **options):
    # Small pages and no statistics keep the files at a few KB.
    options = {"compression": "snappy", "write_statistics": False, **options}
    pq.write_table(table, path(name + ".parquet"), **options)


for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    write("codec-" + codec, log(), compression=codec)
write("pages-v2", log(), data_page_version="2.0", compression="zstd")
write("plain-encoding", log(), use_dictionary=False)
write("delta-encoding", log(), use_dictionary=False, column_encoding={"time": "DELTA_BINARY_PACKED", "item": "DELTA_BYTE_ARRAY", "session": "DELTA_LENGTH_BYTE_ARRAY"})
write("row-groups", log(), row_group_size=7)

write("ids-uint64", log(item=pa.array([17_000_000_000_000_000_000 + e["number"] for e in EVENTS], pa.uint64()), session=pa.array([4_000_000_000 + e["sessionNumber"] for e in EVENTS], pa.uint32())))
write("ids-int64", log(item=pa.array([9_007_199_254_740_993 + e["number"] for e in EVENTS], pa.int64())))
write("ids-negative", log(item=pa.array([-e["number"] for e in EVENTS], pa.int64())))
write("ids-int16", log(item=pa.array([e["number"] for e in EVENTS], pa.int16())))
none = [None, None, None]
gaps = pa.concat_tables([log(item=of("number", pa.float64())), pa.table({"session": ["s001"] * 3, "item": pa.array(none, pa.float64()), "time": pa.array([EVENTS[0]["at"]] * 3, pa.int64()), "event": ["view"] * 3})])
write("ids-float-gaps", gaps)
write("ids-float", log(item=of("number", pa.float64())))
write("ids-bytes", log(item=pa.array([e["id"].encode() for e in EVENTS], pa.binary()), session=pa.array([e["session"].encode() for e in EVENTS], pa.binary())))
write("ids-fixed-bytes", log(item=pa.array([e["id"].encode() for e in EVENTS], pa.binary(4))))
write("ids-large-string", log(item=of("id", pa.large_string())))
write("ids-dictionary", log(item=of("id").dictionary_encode(), event=of("kind").dictionary_encode(), session=of("session").dictionary_encode()))
write("ids-decimal", log(item=pa.array([Decimal(e["number"]) for e in EVENTS], pa.decimal128(38, 0))))
write("ids-uuid", log(session=pa.array([bytes.fromhex("3f2504e04f8911d39a0c0305e82c") + struct.pack(">H", e["sessionNumber"]) for e in EVENTS], pa.binary(16))))
write("ids-not-utf8", log(item=pa.array([b"\xff\xfe" + e["id"].encode() for e in EVENTS], pa.binary())))

for name, typ in [("int32", pa.decimal32(7, 2)), ("int64", pa.decimal64(15, 2)), ("fixed", pa.decimal128(30, 2))]:
    price = pa.array([Decimal(str(e["price"])).quantize(Decimal("0.01")) for e in EVENTS], typ)
    write("price-" + name, log(price=price), store_decimal_as_integer=name != "fixed")
write("price-float32", log(price=of("price", pa.float32())))
write("price-text", log(price=pa.array([f"€{e['price']:.2f}" for e in EVENTS])))
write("quantity-int8", log(quantity=of("quantity", pa.int8())))

for unit in ["s", "ms", "us", "ns"]:
    write("time-" + unit, log(time=stamps(unit)))
write("time-zone", log(time=stamps("us", "Europe/Berlin")))
write("time-int96", log(time=stamps("ns")), use_deprecated_int96_timestamps=True)
write("time-date32", log(time=pa.array([e["at"] // 86_400_000 for e in EVENTS], pa.date32())))
write("time-date-and-clock", log(time=pa.array([e["at"] % 86_400_000 for e in EVENTS], pa.time32("ms"))).append_column("date", pa.array([e["at"] // 86_400_000 for e in EVENTS], pa.date32())))
write("time-seconds", log(time=pa.array([e["at"] // 1000 for e in EVENTS], pa.int32())))
write("time-float", log(time=pa.array([e["at"] / 1000 for e in EVENTS], pa.float64())))
write("time-text", log(time=pa.array([datetime.fromtimestamp(e["at"] / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S") for e in EVENTS])))
write("flag-column", log(buyer=pa.array([e["kind"] == "purchase" for e in EVENTS])))
write("kind-flag", log(event=pa.array([e["kind"] == "purchase" for e in EVENTS])))
write("nulls-column", log(price=pa.nulls(len(EVENTS))))
write("no-rows", log().slice(0, 0))
write("spark-metadata", log().replace_schema_metadata({"org.apache.spark.sql.parquet.row.metadata": "{}"}))

value = pa.struct([("string_value", pa.string()), ("int_value", pa.int64()), ("float_value", pa.float64()), ("double_value", pa.float64())])
params = pa.list_(pa.struct([("key", pa.string()), ("value", value)]))
thing = pa.struct([("item_id", pa.string()), ("item_name", pa.string()), ("item_brand", pa.string()), ("item_category", pa.string()), ("price", pa.float64()), ("quantity", pa.int64())])
WORDS = {"view": "view_item", "cart-add": "add_to_cart", "purchase": "purchase"}


def ga_session(e):
    return 1_767_600_000 + ((e["sessionNumber"] - 7001) % 30 // 2) * 60 + (0 if e["sessionNumber"] < 7031 else 86_400)


def ga4(e):
    filled = {"string_value": None, "int_value": None, "float_value": None, "double_value": None}
    return {
        "event_date": datetime.fromtimestamp(e["at"] / 1000, timezone.utc).strftime("%Y%m%d"),
        "event_timestamp": e["at"] * 1000,
        "event_name": WORDS[e["kind"]],
        "event_params": [
            {"key": "page_location", "value": {**filled, "string_value": "https://shop.example/p/" + e["id"]}},
            {"key": "ga_session_id", "value": {**filled, "int_value": ga_session(e)}},
        ],
        "user_pseudo_id": e["visitor"] + ".1767",
        "device": {"category": "mobile", "language": "de"},
        "items": [{"item_id": e["id"], "item_name": e["title"], "item_brand": e["brand"], "item_category": e["category"], "price": e["price"], "quantity": e["quantity"]}],
    }


schema = pa.schema([("event_date", pa.string()), ("event_timestamp", pa.int64()), ("event_name", pa.string()), ("event_params", params), ("user_pseudo_id", pa.string()), ("device", pa.struct([("category", pa.string()), ("language", pa.string())])), ("items", pa.list_(thing))])
others = [{"event_date": "20260106", "event_timestamp": 1_767_700_000_000_000, "event_name": "session_start", "event_params": [], "user_pseudo_id": "v01.1767", "device": None, "items": []}]
write("ga4", pa.Table.from_pylist([ga4(e) for e in EVENTS] + others, schema), compression="zstd")

# A session a row, its items in a list.
sessions = {}
for e in EVENTS:
    sessions.setdefault(e["session"], []).append(e)
rows = [{"session": s, "time": es[0]["at"], "items": [e["id"] for e in es]} for s, es in sessions.items()]
write("list-column", pa.Table.from_pylist(rows))
write("map-column", pa.table({"time": of("at"), "event": of("kind"), "params": pa.array([[("session", e["session"]), ("item", e["id"])] for e in EVENTS], pa.map_(pa.string(), pa.string()))}))
write("struct-column", pa.table({"time": of("at"), "event": of("kind"), "who": pa.array([{"session": e["session"]} for e in EVENTS]), "what": pa.array([{"product": {"id": e["id"]}} for e in EVENTS])}))
write("posthog", pa.table({"event": pa.array([{"view": "Product Viewed", "cart-add": "Product Added", "purchase": "Order Completed"}[e["kind"]] for e in EVENTS]), "timestamp": stamps("us", "UTC"), "distinct_id": of("visitor"), "properties": pa.array([json.dumps({"$session_id": e["session"], "product_id": e["id"]}) for e in EVENTS])}), compression="zstd")

items = list(ITEMS.values())
write("items", pa.table({"sku": [i["id"] for i in items], "title": [i["title"] for i in items], "price": pa.array([Decimal(str(i["price"])) for i in items], pa.decimal128(10, 2)), "category": pa.array([["Home", i["category"]] for i in items])}))


# Files that are not what they say.
def bytes_of(name):
    with open(path(name + ".parquet"), "rb") as file:
        return file.read()


def put(name, data):
    with open(path(name), "wb") as file:
        file.write(data)


good = bytes_of("codec-none")
put("cut.parquet", good[: len(good) // 2])
put("cut-footer.parquet", good[:-6])
put("magic-only.parquet", b"PAR1")
put("magic-twice.parquet", b"PAR1PAR1")
put("footer-too-long.parquet", good[:-8] + struct.pack("<I", 0x7FFFFFFF) + b"PAR1")
put("footer-zero.parquet", good[:-8] + struct.pack("<I", 0) + b"PAR1")
put("footer-damaged.parquet", good[:-200] + bytes(b ^ 0x5A for b in good[-200:-8]) + good[-8:])
put("pages-damaged.parquet", good[:40] + bytes(b ^ 0xFF for b in good[40:400]) + good[400:])
# The marks of an encrypted footer. The rest is noise.
put("encrypted.parquet", b"PARE" + good[4:-4] + b"PARE")


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


# What Arrow wrote before the number 7 was given to raw LZ4 blocks: 5, which others mean in another way.
raw = bytes_of("codec-lz4")
put("codec-lz4-old.parquet", raw.replace(b"\x15\x0e\x16", b"\x15\x0a\x16"))
put("codec-lz4-hadoop.parquet", framed(raw))


# Row counts and value counts are zigzag varints in the footer: as many rows as eleven bytes can say.
rows_said = varint(len(EVENTS) * 2)
many = varint(2**61)
footer_length = struct.unpack("<I", good[-8:-4])[0]
footer = good[-8 - footer_length : -8].replace(b"\x16" + rows_said, b"\x16" + many)
put("very-many-rows.parquet", good[: -8 - footer_length] + footer + struct.pack("<I", len(footer)) + b"PAR1")

# One value, very often: a few bytes a page, hundreds of millions of rows. Run-length pages of one dictionary entry.
n = 40_000_000
chunk = 2_000_000
schema = pa.schema([("session", pa.string()), ("item", pa.string()), ("time", pa.int64())])
block = pa.table({"session": pa.array(["s1"]).take(pa.array([0] * chunk)), "item": pa.array(["A1"]).take(pa.array([0] * chunk)), "time": pa.array([1_767_600_000_000]).take(pa.array([0] * chunk))}, schema=schema)
with pq.ParquetWriter(path("same-row-often.parquet"), schema, compression="zstd", write_statistics=False, max_rows_per_page=chunk) as writer:
    for _ in range(n // chunk):
        writer.write_table(block, row_group_size=chunk)

with open(path("log.csv.zst"), "wb") as file:
    text = "session,item,time,event\n" + "".join(f"{e['session']},{e['id']},{e['at']},{e['kind']}\n" for e in EVENTS)
    file.write(zstandard.ZstdCompressor(level=19).compress(text.encode()))
