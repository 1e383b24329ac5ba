"""
Two hundred and more answers as bots write them, for the laws of rendering and for the comparison with others.

Made of what people really ask about, in four languages and some thirty shapes: steps, tables, code, formulas, quotes, nested
lists, and the Markdown that models break.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What one answer is about, in one language."""

    title: str
    says: Sequence[str]
    names: Sequence[str]
    values: Sequence[str]
    labels: Sequence[str]
    colon: str = ": "


ENGLISH = [
    Topic(
        title="Brewing green tea",
        says=(
            "Green tea wants water that has cooled a little, or it turns bitter.",
            "Use about two grams of leaves for a cup, and let them steep for two minutes.",
            "You can pour the same leaves two or three times; each cup tastes different.",
        ),
        names=("Sencha", "Gyokuro", "Longjing"),
        values=("70 °C, 1 min", "50 °C, 2 min", "80 °C, 2 min"),
        labels=("Tea", "How to brew it", "Price"),
    ),
    Topic(
        title="Choosing a database",
        says=(
            "For most small services, SQLite is enough and needs no care at all.",
            "PostgreSQL is the better choice once several machines write at the same time.",
            "Whatever you choose, take backups and try to restore one before you need it.",
        ),
        names=("SQLite", "PostgreSQL", "MySQL"),
        values=(
            "one file, no server, up to a few hundred writes a second",
            "many writers, rich types, strict",
            "common at hosts",
        ),
        labels=("Engine", "Good for", "Licence"),
    ),
    Topic(
        title="Three days in Lisbon",
        says=(
            "Begin in Alfama, early, before the trams are full.",
            "On the second day take the train to Sintra (40 minutes) and walk up to the castle.",
            "Keep the last evening for the river at Belém: the light there is worth it.",
        ),
        names=("Alfama", "Sintra", "Belém"),
        values=("3 km on foot", "2.30 € by train", "tram 15E"),
        labels=("Day", "Way", "Note"),
    ),
    Topic(
        title="Why the build fails",
        says=(
            "The error says that `libssl` is not found while the wheel is compiled.",
            "Most likely the headers are missing: install them, then run the build again.",
            "If it still fails, send me the first twenty lines after `error:` and your Python version.",
        ),
        names=("Debian", "Fedora", "macOS"),
        values=("apt install libssl-dev", "dnf install openssl-devel", "brew install openssl@3"),
        labels=("System", "Command", "Since"),
    ),
    Topic(
        title="How interest compounds",
        says=(
            "Each year the interest is added to the capital, and earns interest itself.",
            "At 5% a sum of $1,000 grows to $1,628.89 in ten years; without compounding it would be $1,500.",
            "A rule of thumb: divide 72 by the rate, and you have the years until it doubles.",
        ),
        names=("3%", "5%", "8%"),
        values=("24 years", "14.4 years", "9 years"),
        labels=("Rate", "Doubles in", "After 10 years"),
    ),
    Topic(
        title="A week of easy dinners",
        says=(
            "Cook rice for two days at once, and keep half of it in the fridge.",
            "A tray of vegetables in the oven takes ten minutes of work and forty of waiting.",
            "Freeze what is left over in flat bags: it thaws in a quarter of the time.",
        ),
        names=("Monday", "Tuesday", "Wednesday"),
        values=("lentil soup", "fried rice with eggs", "roast vegetables"),
        labels=("Day", "Dish", "Minutes"),
    ),
]
CHINESE = [
    Topic(
        title="绿茶的冲泡方法",
        says=(
            "绿茶不宜用沸水冲泡，水温过高会使茶汤发苦。",
            "每杯放两克左右的茶叶，浸泡两分钟即可（第二泡时间略长）。",
            "同一份茶叶可以冲泡两到三次，每一泡的味道都不一样。",
        ),
        names=("龙井", "碧螺春", "毛峰"),
        values=("80℃，2分钟", "75℃，1分钟", "85℃，3分钟"),
        labels=("茶叶", "水温与时间", "价格"),
        colon="：",
    ),
    Topic(
        title="笔记本电脑选购建议",
        says=(
            "日常办公选择16GB内存就够了，剪辑视频建议32GB。",
            "屏幕素质比处理器型号更影响使用体验，请优先看色域和亮度。",
            "预算在5000元以内时，不必追求独立显卡。",
        ),
        names=("轻薄本", "游戏本", "全能本"),
        values=("1.2kg，续航12小时", "RTX 4060，240Hz高刷屏", "接口齐全，兼顾性能与重量"),
        labels=("类型", "特点", "参考价"),
        colon="：",
    ),
    Topic(
        title="成都三日游攻略",
        says=(
            "第一天上午去大熊猫繁育研究基地，建议八点前到达。",
            "第二天可以前往都江堰和青城山，高铁只要四十分钟。",
            "最后一天留给宽窄巷子和人民公园，喝一碗盖碗茶。",
        ),
        names=("熊猫基地", "都江堰", "人民公园"),
        values=("门票55元", "高铁15元", "免费"),
        labels=("景点", "费用", "备注"),
        colon="：",
    ),
    Topic(
        title="Python连接数据库报错",
        says=(
            "错误信息说明`psycopg`没有找到`libpq`动态库。",
            "请先安装系统依赖，再重新安装驱动；不要混用两个虚拟环境。",
            "如果仍然失败，请把完整的报错信息和`pip list`的输出发给我。",
        ),
        names=("Ubuntu", "CentOS", "macOS"),
        values=("apt install libpq-dev", "yum install postgresql-devel", "brew install libpq"),
        labels=("系统", "命令", "说明"),
        colon="：",
    ),
    Topic(
        title="一元二次方程的解法",
        says=(
            "先把方程整理成一般形式，再计算判别式。",
            "判别式大于零时有两个不同的实数根，等于零时有两个相等的实数根。",
            "检验时把根代回原方程，左右两边应当相等。",
        ),
        names=("Δ>0", "Δ=0", "Δ<0"),
        values=("两个实根", "一个实根", "无实根"),
        labels=("判别式", "根的情况", "例子"),
        colon="：",
    ),
    Topic(
        title="如何写好一份周报",
        says=(
            "周报不是流水账，重点写清楚结果、问题和下周计划。",
            "用数字说话：例如“转化率从3.2%提升到4.1%”，而不是“有所提升”。",
            "遇到的困难要附上你的建议，方便上级做决定。",
        ),
        names=("结果", "问题", "计划"),
        values=("完成率95%", "接口延迟偏高", "周三前上线"),
        labels=("部分", "内容", "负责人"),
        colon="：",
    ),
]
ARABIC = [
    Topic(
        title="تحضير الشاي الأخضر",
        says=(
            "لا تستعمل ماءً مغليًا، فالحرارة العالية تجعل الطعم مرًّا.",
            "ضع غرامين من الأوراق لكل كوب واتركها دقيقتين.",
            "يمكن استعمال الأوراق نفسها مرتين أو ثلاثًا.",
        ),
        names=("سنشا", "لونغ جينغ", "غيوكورو"),
        values=("70 درجة", "80 درجة", "50 درجة"),
        labels=("الشاي", "الحرارة", "السعر"),
    ),
    Topic(
        title="خطة لتعلم البرمجة",
        says=(
            "ابدأ بلغة واحدة مثل Python ولا تنتقل إلى غيرها قبل شهرين.",
            "اكتب برنامجًا صغيرًا كل يوم، ولو من عشرين سطرًا.",
            "اقرأ شيفرة غيرك: ستتعلم منها أكثر مما تتعلم من الدروس.",
        ),
        names=("الأسبوع 1", "الأسبوع 2", "الأسبوع 3"),
        values=("المتغيرات", "الدوال", "الملفات"),
        labels=("المدة", "الموضوع", "تمرين"),
    ),
    Topic(
        title="زيارة القاهرة في يومين",
        says=(
            "ابدأ بالأهرامات صباحًا قبل الزحام، ثم المتحف المصري.",
            "في اليوم الثاني زر خان الخليلي وجامع الأزهر.",
            "استعمل المترو: التذكرة بين 8 و 20 جنيهًا.",
        ),
        names=("الأهرامات", "المتحف", "خان الخليلي"),
        values=("540 جنيهًا", "450 جنيهًا", "مجانًا"),
        labels=("المكان", "التذكرة", "ملاحظة"),
    ),
]
HINDI = [
    Topic(
        title="हरी चाय बनाने की विधि",
        says=(
            "उबलता हुआ पानी न डालें, इससे चाय कड़वी हो जाती है।",
            "एक कप के लिए दो ग्राम पत्तियाँ लें और दो मिनट तक रखें।",
            "उन्हीं पत्तियों से दो या तीन बार चाय बन सकती है।",
        ),
        names=("सेंचा", "लोंगजिंग", "दार्जिलिंग"),
        values=("70 डिग्री", "80 डिग्री", "85 डिग्री"),
        labels=("चाय", "तापमान", "कीमत"),
    ),
    Topic(
        title="परीक्षा की तैयारी",
        says=(
            "हर दिन एक ही समय पर पढ़ें, और बीच में छोटा विराम लें।",
            "पुराने प्रश्नपत्र हल करें: उनसे प्रश्नों का ढंग समझ आता है।",
            "रात को कम से कम सात घंटे की नींद लें।",
        ),
        names=("गणित", "विज्ञान", "हिन्दी"),
        values=("2 घंटे", "1.5 घंटे", "1 घंटा"),
        labels=("विषय", "समय", "अध्याय"),
    ),
    Topic(
        title="जयपुर की यात्रा",
        says=(
            "आमेर का किला सुबह देखें, जब धूप तेज़ नहीं होती।",
            "दोपहर में हवा महल और सिटी पैलेस जाएँ।",
            "शाम को जौहरी बाज़ार में खरीदारी करें।",
        ),
        names=("आमेर", "हवा महल", "सिटी पैलेस"),
        values=("100 रुपये", "50 रुपये", "200 रुपये"),
        labels=("जगह", "टिकट", "टिप्पणी"),
    ),
]


def prose(t: Topic) -> str:
    return f"## {t.title}\n\n{t.says[0]} {t.says[1]}\n\n{t.says[2]}"


def steps(t: Topic) -> str:
    items = "\n".join(
        f"{n}. **{name}**{t.colon}{says}" for n, (name, says) in enumerate(zip(t.names, t.says, strict=True), 1)
    )
    return f"**{t.title}**\n\n{items}\n\n> {t.says[2]}"


def labels(t: Topic) -> str:
    rows = "\n".join(f"- **{name}{t.colon.strip()}**{value}" for name, value in zip(t.names, t.values, strict=True))
    return f"### {t.title}\n\n{rows}\n\n{t.says[0]}"


def labels_in_a_line(t: Topic) -> str:
    gap = "，" if t.colon == "：" else ", "
    return (
        gap.join(f"**{name}{t.colon}**{value}" for name, value in zip(t.names, t.values, strict=True))
        + f"\n\n{t.says[1]}"
    )


def table(t: Topic) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in zip(t.names, t.values, strict=True))
    return f"{t.says[0]}\n\n| {t.labels[0]} | {t.labels[1]} |\n|---|---|\n{rows}\n\n{t.says[1]}"


def wide_table(t: Topic) -> str:
    rows = "\n".join(
        f"| **{name}** | {value} | {says} |" for name, value, says in zip(t.names, t.values, t.says, strict=True)
    )
    return f"# {t.title}\n\n| {' | '.join(t.labels)} |\n| :--- | :---: | ---: |\n{rows}\n\n{t.says[2]}"


def nested(t: Topic) -> str:
    inner = "\n".join(f"    - {name}\n      {value}" for name, value in zip(t.names, t.values, strict=True))
    return f"1. **{t.title}**\n{inner}\n2. {t.says[0]}\n   - [ ] {t.says[1]}\n   - [x] {t.says[2]}"


def code(t: Topic) -> str:
    pairs = "\n".join(f'\t"{name}": "{value}",' for name, value in zip(t.names, t.values, strict=True))
    return (
        f"{t.says[0]}\n\n```python\ndef __init__(self, *args, **kwargs):\n\tself.data = {{\n{pairs}\n\t}}\n```\n\n"
        f"{t.says[1]} `x**2 + y**2`, `__init__.py`."
    )


def maths(t: Topic) -> str:
    return (
        f"**{t.title}**\n\n\\[ x = \\frac{{-b \\pm \\sqrt{{b^2-4ac}}}}{{2a}} \\]\n\n{t.says[0]} \\(a \\neq 0\\), $n^2$, 2*3*4=24.\n\n"
        f"$$\nE = mc^2\n$$\n\n{t.says[1]}"
    )


def sources(t: Topic) -> str:
    return (
        f"{t.says[0]} [1] {t.says[1]}[^2]\n\n[{t.names[0]}](https://example.org/a_b?q=1) · <https://example.org/x>\n\n"
        f"[1]: https://example.org/one\n[^2]: {t.values[0]}"
    )


def html(t: Topic) -> str:
    return (
        f"<details>\n<summary>{t.title}</summary>\n\n{t.says[0]}<br>{t.says[1]}\n\n</details>\n\nH<sub>2</sub>O, "
        f"<b>{t.names[0]}</b>, <your-name>, Vec<String>\n\n![{t.names[1]}](https://example.org/p.png)"
    )


def quotes(t: Topic) -> str:
    return f"> **{t.names[0]}**{t.colon}{t.says[0]}\n>\n> {t.says[1]}\n\n---\n\n*{t.says[2]}* ~~{t.values[0]}~~\n\n>50% {t.names[1]}"


def broken(t: Topic) -> str:
    bold, tick = ("**", "`") if len(t.title) % 5 == 0 else ("", "")
    return (
        f"##{t.title}\n{bold}{t.says[0]}\n\n- {t.names[0]}: {tick}{t.values[0]}\n- [{t.names[1]}](https://example.org/\n\n"
        f"Date: ____/____ 3 * 4 = 12, {t.names[2]}*\n\n```\n{t.says[1]}\n{t.says[2]}"
    )


SHAPES: Sequence[Callable[[Topic], str]] = (
    prose, steps, labels, labels_in_a_line, table, wide_table, nested, code, maths, sources, html, quotes, broken,
)  # fmt: skip


def answers() -> Iterator[str]:
    """Each topic in each shape; and the long ones, of several shapes one after another."""
    topics = [*ENGLISH, *CHINESE, *ARABIC, *HINDI]
    yield from (shape(topic) for topic in topics for shape in SHAPES)
    whole = SHAPES[:-1]
    yield from ("\n\n".join(shape(topic) for shape in whole) for topic in topics)


def streams(text: str, *, letters: int) -> Iterator[str]:
    """*text* as it grows, by so many letters a frame."""
    yield from (text[:end] for end in range(letters, len(text), letters))
