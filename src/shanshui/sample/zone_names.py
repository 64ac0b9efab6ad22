"""Names for districts: common Chinese place-name syllables in new pairs."""

from shanshui.sample.noise import hash_unit, stream

_FIRST = {
    "Qing": "清", "Bai": "白", "Long": "龙", "Yun": "云", "Shi": "石", "Jin": "金", "Song": "松", "Liu": "柳",
    "Xin": "新", "Ping": "平", "Dong": "东", "Nan": "南", "He": "和", "Yong": "永", "Chang": "长", "Da": "大",
    "Shuang": "双", "Hong": "红", "Tao": "桃", "Yang": "杨", "Fu": "福", "Tie": "铁", "Gao": "高", "Xiao": "小",
}  # fmt: skip
_SECOND = {
    "shan": "山", "he": "河", "xi": "溪", "ling": "岭", "quan": "泉", "tai": "台", "gou": "沟", "tang": "塘",
    "men": "门", "qiao": "桥", "zhou": "洲", "gang": "岗", "wan": "湾", "feng": "峰", "yuan": "源", "lin": "林",
    "chuan": "川", "tun": "屯", "pu": "堡", "jing": "井",
}  # fmt: skip


def place_names(count: int, seed: int) -> list[tuple[str, str]]:
    """Give names that differ from each other.

    Parameters
    ----------
    count : how many, at most 479
    seed : of the sample

    Returns
    -------
    list of pairs
        in Latin letters and in Chinese characters, without a word for the kind of district.
    """
    order = stream(seed, "names")
    pairs = [
        (hash_unit(i, j, order), (first + second, first_zh + second_zh))
        for i, (first, first_zh) in enumerate(_FIRST.items())
        for j, (second, second_zh) in enumerate(_SECOND.items())
        if first.lower() != second
    ]
    return [name for _, name in sorted(pairs)[:count]]
