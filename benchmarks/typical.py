"""Eight answers as people get them every day, for looking at side by side."""

from typing import Final

TYPICAL: Final = {
    "steps": """## How to reset your router

1. **Unplug it:** wait for 30 seconds.
2. **Hold the reset pin** for about 10 seconds:
    - the lights go out
    - then *one* of them blinks
3. Open `http://192.168.0.1` and log in.

> **Note:** your Wi-Fi password is lost. See the [manual](https://example.com/manual?id=2_a).
""",
    "labels": """###推荐方案

- **价格：**100元，**时间：**2024年
- **适用人群（建议）：**初学者
- **优点:**省电、轻便；**缺点：**屏幕偏暗

总价：2*3*50=300元，**立即下单：**[官网](https://example.com/购买)
""",
    "table": """Here is how the three plans compare:

| Plan | Price per month | What you get |
|:-----|:---------------:|--------------|
| **Free** | $0 | one project and 500 MB, community support |
| **Team** | $12 | unlimited projects, [audit log](https://example.com/audit) |
| **Company** | ask us | single sign-on, a contract and a person to call |

Most teams begin with **Team**.
""",
    "maths": """**Solving the equation**

For \\(ax^2 + bx + c = 0\\) with \\(a \\neq 0\\):

\\[ x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a} \\]

With $a = 1$, $b = -3$, $c = 2$ that is \\(x_1 = 1\\), \\(x_2 = 2\\), since

$$
\\sum_{i=1}^{2} x_i = 3 = -\\frac{b}{a}
$$
""",
    "code": """The loop leaks a file for each request. Close it:

```go
func read(name string) ([]byte, error) {
\tf, err := os.Open(name)
\tif err != nil {
\t\treturn nil, err
\t}
\tdefer f.Close()
\treturn io.ReadAll(f)
}
```

Then run `go vet ./...`; the rest of `__init__.py` may stay, and so may x**2 + y**2.
""",
    "sources": """Green tea has about half the caffeine of coffee [1], and less when brewed cool[^2].

**Ranking:**
3. Black tea
7. Green tea
12. White tea

[1]: https://example.org/caffeine
[^2]: Smith, *Tea and Time*, p. 42
""",
    "arabic": """## خطة اليوم

1. **صباحًا:** زيارة الأهرامات (540 جنيهًا)
2. **ظهرًا:** المتحف المصري
3. **مساءً:** خان الخليلي

| المكان | التذكرة |
|---|---|
| الأهرامات | 540 |
| المتحف | 450 |

> المترو أرخص من سيارة الأجرة.
""",
    "html": """Replace <your-name> and run it:

<details>
<summary>All options</summary>

- <kbd>Ctrl</kbd>+<kbd>C</kbd> stops it
- H<sub>2</sub>O is written with <b>sub</b><br>and closed again

</details>

>50% of people forget the last step. Date: ____/____
""",
}
