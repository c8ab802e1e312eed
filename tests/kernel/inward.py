"""Forms of addresses that would lead a call inside, and of those that may be called: what the guard is tried with."""

from dataclasses import asdict, dataclass
from typing import Any

PUBLIC, PUBLIC_V6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
METADATA = "169.254.169.254"


@dataclass(frozen=True)
class Form:
    """An address to call, and what its name is answered at each look-up; the last answer is given again and again."""

    url: str
    answers: tuple[tuple[str, ...], ...] = (("127.0.0.1",),)
    to_self: bool = False
    stub: int = 0
    """The port of a name server to ask in place of `answers`."""

    def told(self) -> dict[str, Any]:
        """For another process."""
        return asdict(self)


def _leading(*found: str) -> Form:
    return Form("https://hooks.example.com/x", (found,))


# The first, the last and one more of each range of the IANA registries, and of groups, reserved and local space.
_RANGES_V4 = """
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.1.2.3 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255 127.0.0.0 127.0.0.1
127.255.255.255 168.63.129.16 169.254.0.0 169.254.169.254 169.254.170.2 169.254.255.255 172.16.0.0 172.17.0.1 172.31.255.255
192.0.0.0 192.0.0.9 192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.255 192.31.196.1 192.52.193.1 192.88.99.0 192.88.99.1
192.168.0.0 192.168.1.1 192.168.255.255 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0
203.0.113.255 224.0.0.0 224.0.0.251 232.1.1.1 239.255.255.255 240.0.0.0 250.1.2.3 255.255.255.255
""".split()
_RANGES_V6 = """
:: ::1 ::127.0.0.1 ::a9fe:a9fe ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:93.184.215.14 ::ffff:0:127.0.0.1
64:ff9b:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::5db8:d70e 64:ff9b:1:: 64:ff9b:1::a00:1 64:ff9b:1:ffff:ffff:ffff:ffff:ffff
100:: 100::1 100:0:0:1::1 400::1 1fff:ffff:: 2001:: 2001:0:7f00:1:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:2::1
2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8:: 2001:db8::1
2002:: 2002:7f00:1:: 2002:a9fe:a9fe::1 2002:a00:1:: 2002:5db8:d70e:: 2620:4f:8000::1 3fff:: 3fff:fff::1 4000::1 5f00::1 fc00::
fc00::1 fd00:ec2::254 fd20:ce::254 fdff:ffff::1 fe80:: fe80::1 fe80::1%lo fe80::a9fe:a9fe%1 2606:4700::1111%lo febf::1 fec0::1
feff::1 ff00:: ff02::1 ff02::fb ff05::2 ff0e::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
""".split()

# Written so that one reader takes it for a number, a name or a host of its own and another does not.
_WRITTEN = r"""
https://127.0.0.1/ https://127.1/ https://127.0.1/ https://127/ https://2130706433/ https://0x7f000001/ https://0x7f.0.0.1/
https://0x7f.1/ https://017700000001/ https://0177.0.0.1/ https://0177.1/ https://00000177.0.0.1/ https://127.0.0.01/
https://127.0.0.1./ https://127.0.0.1../ https://127.0.0.0x1/ https://127.0x1/ https://0/ https://0.0.0.0/ https://00.0.0.0/
https://2852039166/ https://0xa9fea9fe/ https://0xA9.0xFE.0xA9.0xFE/ https://0251.0376.0251.0376/ https://169.254.43518/
https://169.16689662/ https://425.510.425.510/ https://1.1.1.1.1/ https://256.256.256.256/ https://4294967296/
https://127.0.0.1:443/ https://127.0.0.1:8443/ https://127.0.0.1:22/ https://127.0.0.1:6379/ https://127.0.0.1:0/
https://127.0.0.1:65536/ https://127.0.0.1:99999/ https://127.0.0.1:-1/ https://127.0.0.1:+443/ https://127.0.0.1:0443/
https://127.0.0.1:443:443/ https://127.0.0.1:/ https://127.0.0.1:https/ https://hooks.example.com:25/
https://hooks.example.com:80/ https://hooks.example.com:5432/ https://hooks.example.com:８４４３/
https://localhost/ https://LOCALHOST/ https://localhost./ https://localhost:8443/ https://localhost.localdomain/ https://intranet/
https://metadata/ https://hooks.example.com./ https://.example.com/ https://hooks..example.com/ https://-.example.com/
https://a_b.example.com/ https://example.123/ https://example.0x1/ https://*.example.com/ https://example.com,127.0.0.1/
https://user@127.0.0.1/ https://user:word@127.0.0.1/ https://hooks.example.com@127.0.0.1/ https://hooks.example.com:443@127.0.0.1/
https://127.0.0.1@hooks.example.com/ https://@127.0.0.1/ https://:@127.0.0.1/ https://a@b@127.0.0.1/ https://hooks.example.com%40127.0.0.1/
https://hooks.example.com\@127.0.0.1/ https://127.0.0.1\@hooks.example.com/ https://hooks.example.com\.127.0.0.1/
https://127.0.0.1\.hooks.example.com/ https:\\127.0.0.1\ https:/\127.0.0.1/ https://127.0.0.1#@hooks.example.com/
https://127.0.0.1?@hooks.example.com/ https://hooks.example.com#@127.0.0.1/ https://hooks.example.com/#x https://127.0.0.1;hooks.example.com/
https://%31%32%37%2e0%2e0%2e1/ https://127%2e0.0.1/ https://hooks.example.com%00.127.0.0.1/ https://hooks.example.com%2f@127.0.0.1/
https://１２７.0.0.1/ https://１２７．０．０．１/ https://127。0。0。1/ https://127｡0｡0｡1/ https://①②⑦.⓪.⓪.①/ https://𝟏𝟐𝟕.0.0.1/
https://²130706433/ https://0ｘ7f.1/ https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/ https://ｌｏｃａｌｈｏｓｔ/ https://localhost．/
https://127.0.0.1．/ https://hooks.example.com／127.0.0.1/ https://hooks.example.com＃127.0.0.1/ https://hooks.example.com＠127.0.0.1/
https://[::1]/ https://[::1]:8443/ https://[::]/ https://[0:0:0:0:0:0:0:1]/ https://[0000::0001]/ https://[::127.0.0.1]/
https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/ https://[::FFFF:a9fe:a9fe]/ https://[0:0:0:0:0:ffff:10.0.0.1]/
https://[::ffff:0:127.0.0.1]/ https://[64:ff9b::127.0.0.1]/ https://[64:ff9b:1::10.0.0.1]/ https://[2002:7f00:1::]/
https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/ https://[fe80::1]/ https://[fe80::1%25lo]/ https://[fe80::1%lo]/ https://[::1%25lo]/
https://[fec0::1]/ https://[fc00::1]/ https://[fd00:ec2::254]/ https://[ff02::1]/ https://[v1.127.0.0.1]/ https://[127.0.0.1]/
https://[::1/ https://::1/ https://[[::1]]/ https://[::1]]/ https://[::1].hooks.example.com/ https://hooks.example.com[::1]/
https://[::1]@hooks.example.com/ https://[]/ https://[:]/ https://[::１]/ https://::ffff:127.0.0.1/
http://127.0.0.1/ http://hooks.example.com/ HTTP://127.0.0.1/ ftp://127.0.0.1/ file:///etc/passwd file://127.0.0.1/etc/passwd
gopher://127.0.0.1:6379/_INFO dict://127.0.0.1:11211/stats ldap://127.0.0.1/ unix:///var/run/docker.sock ws://127.0.0.1/
wss://127.0.0.1/ jar:https://127.0.0.1!/ data:text/plain,x javascript:alert(1) view-source:https://127.0.0.1/
https+unix://%2Frun%2Fx.sock/ httpſ://127.0.0.1/ https:127.0.0.1 https:/127.0.0.1/ https:///127.0.0.1/ https:////127.0.0.1/
//127.0.0.1/ 127.0.0.1 127.0.0.1:443 https:// https:///
https://hooks.example.com/ſ https://hooks.example.com/% https://hooks.example.com/%zz https://hooks.example.com/é
""".split()
_SPACED = (
    "", " ", " https://127.0.0.1/", "https://127.0.0.1/ ", "https://127.0.0.1 /", "https:// 127.0.0.1/", "ht\ntps://127.0.0.1/",
    "https://127.0\t.0.1/", "https://127.0.0.1\r\n/", "https://hooks.example.com\r\nHost: 127.0.0.1/", "https://hooks.example.com/x\r\nX: y",
    "https://hooks.example.com/ HTTP/1.1\r\nHost: inside", "https://hooks.example.com\x00.127.0.0.1/", "https://127.0.0.1\x0b/",
    "https://127.0.0.1\x1f/", "https://127.0.0.1\x7f/", "https://127.0.0.1\u3000/", "https://127.0.0.1\u2028/", "\ufeffhttps://127.0.0.1/",
    "https://loc\u00adalhost/", "https://l\u200bocalhost/", "https://127.0.0\u200d.1/", "https://\u202e1.0.0.721/",
    "https://hooks.example.com/" + "a" * 2048, "https://" + "a" * 64 + ".example.com/", "https://" + "a." * 130 + "com/",
)  # fmt: skip
_MANY = (
    (PUBLIC, "127.0.0.1"), ("127.0.0.1", PUBLIC), (PUBLIC, PUBLIC_V6, "::1"), (PUBLIC, METADATA), (PUBLIC_V6, "fe80::1%lo"),
    (PUBLIC,) * 9 + ("10.0.0.1",), (PUBLIC, "::ffff:10.0.0.1"), (PUBLIC, "0x7f.1"), (PUBLIC, "nonsense"), (PUBLIC, ""), ("127.1",), ("0177.0.0.1",),
    ("2130706433",), (),
)  # fmt: skip

INWARD = (
    [_leading(address) for address in _RANGES_V4 + _RANGES_V6]
    + [Form(f"https://{address}/") for address in _RANGES_V4]
    + [Form(f"https://[{address}]/") for address in _RANGES_V6]
    + [Form(url) for url in (*_WRITTEN, *_SPACED)]
    + [_leading(*found) for found in _MANY]
    # At the second look-up they would say something else: there is none.
    + [Form("https://hooks.example.com/x", ((address,), (PUBLIC,))) for address in ("127.0.0.1", METADATA, "::1")]
)
"""None of these is called: nothing is connected to."""

_BORDERS = """
1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15 168.63.129.17 169.253.255.255
169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0
198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 2001:200:: 2001:db7:: 2001:db9::
2001:ffff:: 2003:: 2620:4f:7fff:: 2620:4f:8001:: 3ffe:ffff:: 2000::1
""".split()
OUTWARD = {
    **{_leading(address): (address, 443) for address in (PUBLIC, PUBLIC_V6, *_BORDERS)},
    Form("https://8.8.8.8/"): ("8.8.8.8", 443),
    Form("https://[2001:4860:4860::8888]:8443/x?y=1"): ("2001:4860:4860::8888", 8443),
    Form("HTTPS://Hooks.Example.COM:8443/A%20b;c=1?d=https://127.0.0.1/&e=@", ((PUBLIC,),)): (PUBLIC, 8443),
    Form("https://hooks.example.com?x", ((PUBLIC,),)): (PUBLIC, 443),
    Form("https://bücher.example.com/", ((PUBLIC,),)): (PUBLIC, 443),
    Form("https://ｈｏｏｋｓ。example.com/", ((PUBLIC,),)): (PUBLIC, 443),
    Form("https://127.0.0.1.nip.example.com/", ((PUBLIC,),)): (PUBLIC, 443),
    # Looked up once: what the name server would say next is never heard.
    Form("https://hooks.example.com/x", ((PUBLIC,), ("127.0.0.1",))): (PUBLIC, 443),
    Form("https://hooks.example.com/x", ((PUBLIC,), (METADATA,))): (PUBLIC, 443),
}
"""These may be called, and lead to this address and port alone."""
