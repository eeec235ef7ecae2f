"""Turns a Parquet file with raw LZ4 blocks into one as Hadoop writes it: before each block stand its two lengths, big-endian.

Footer and page headers are Thrift's compact protocol, read and written here as lists of [id, type, value].
"""

import struct

TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, STRUCT = 1, 2, 3, 7, 8, 9, 12
HADOOP_LZ4 = 5


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def value(self, kind):
        if kind in (TRUE, FALSE):
            return None
        if kind == BYTE:
            return self.take(1)
        if kind == DOUBLE:
            return self.take(8)
        if kind == BINARY:
            return self.take(self.varint())
        if kind == LIST:
            head = self.take(1)[0]
            count = head >> 4 if head >> 4 < 15 else self.varint()
            return [head & 15, [self.value(head & 15) for _ in range(count)]]
        if kind == STRUCT:
            return self.struct()
        n = self.varint()
        return n >> 1 ^ -(n & 1)

    def struct(self):
        fields, last = [], 0
        while True:
            head = self.take(1)[0]
            if head == 0:
                return fields
            if head >> 4:
                last += head >> 4
            else:
                n = self.varint()
                last = n >> 1 ^ -(n & 1)
            fields.append([last, head & 15, self.value(head & 15)])


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def written(kind, value):
    if kind in (TRUE, FALSE):
        return b""
    if kind in (BYTE, DOUBLE):
        return value
    if kind == BINARY:
        return varint(len(value)) + value
    if kind == LIST:
        of, values = value
        head = bytes([len(values) << 4 | of]) if len(values) < 15 else bytes([0xF0 | of]) + varint(len(values))
        return head + b"".join(written(of, one) for one in values)
    if kind == STRUCT:
        out, last = b"", 0
        for field, of, one in value:
            out += bytes([field - last << 4 | of]) + written(of, one)
            last = field
        return out + b"\0"
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def field(fields, number):
    return next((one for one in fields if one[0] == number), None)


def framed(data):
    length = struct.unpack("<I", data[-8:-4])[0]
    footer = Reader(data[-8 - length : -8]).struct()
    out = b"PAR1"
    for group in field(footer, 4)[2][1]:
        group_bytes = 0
        for chunk in field(group, 1)[2][1]:
            meta = field(chunk, 3)[2]
            dictionary, pages = field(meta, 11), field(meta, 9)
            start = dictionary[2] if dictionary else pages[2]
            reader, begun, left = Reader(data, start), len(out), field(meta, 7)[2]
            while reader.at < start + left:
                at, new = reader.at, len(out)
                head = reader.struct()
                full, packed = field(head, 2)[2], field(head, 3)
                block = reader.take(packed[2])
                packed[2] += 8
                out += written(STRUCT, head) + struct.pack(">II", full, len(block)) + block
                for offset in (dictionary, pages):
                    if offset and offset[2] == at:
                        offset[2] = new
            field(meta, 4)[2] = HADOOP_LZ4
            field(meta, 7)[2] = len(out) - begun
            group_bytes += len(out) - begun
        for number, value in ((5, 4), (6, group_bytes)):
            if field(group, number):
                field(group, number)[2] = value
    footer = written(STRUCT, footer)
    return out + footer + struct.pack("<I", len(footer)) + b"PAR1"
