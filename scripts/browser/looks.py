"""What must hold of every view, whatever it shows: names for those who listen, contrast, and a page that is no
wider and no taller than its window."""

CONTROLS = {"button", "textbox", "searchbox", "link", "tab", "checkbox", "combobox", "MenuListPopup", "option", "DisclosureTriangle", "dialog", "toolbar"}


def controls_without_name(page):
    return [node["role"]["value"] for node in page.tree()
            if node["role"]["value"] in CONTROLS - {"MenuListPopup"} and not node.get("name", {}).get("value", "").strip()]


def wider_than_the_page(page):
    """What sticks out at the side: descriptions of elements, none if all is well."""
    return page.run("""(() => {
        const width = document.documentElement.clientWidth;
        const found = document.documentElement.scrollWidth > width ? [`the page: ${document.documentElement.scrollWidth} of ${width}`] : [];
        const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen, .skip");
        for (const one of document.querySelectorAll("button, input, textarea, select, p, h1, h2, h3, span, time, .bubble, .dialog")) {
            const box = one.getBoundingClientRect();
            const edge = one.closest(".panel, .dialog-body, .main")?.getBoundingClientRect().right ?? width;
            if (isSeen(one) && box.width > 0 && (box.right > Math.min(width, edge) + 1 || box.left < -1)) found.push(`${one.tagName}.${one.className} ${Math.round(box.left)}..${Math.round(box.right)}`);
        }
        return found;
    })()""")


def taller_than_the_window(page):
    """Lists scroll, the page does not: how far it would, and an open window behind its own list."""
    return page.run("""[document.documentElement, ...document.querySelectorAll("dialog")]
        .filter((one) => one.scrollHeight > one.clientHeight).map((one) => `${one.tagName} ${one.scrollHeight} of ${one.clientHeight}`)""")


def texts_of_low_contrast(page):
    """Texts whose contrast with what lies under them is below 4.5 (3 for large ones): WCAG 2.2, 1.4.3."""
    return page.run("(() => {" + CONTRAST + "})()")


CONTRAST = r"""
const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
};
const over = (top, under) => top.slice(0, 3).map((part, index) => part * top[3] + under[index] * (1 - top[3]));
const luminance = (colour) => {
    const [r, g, b] = colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const groundOf = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(rgba(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
};
const found = [];
const walker = document.createTreeWalker(document.querySelector("dialog[open]") ?? document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (!text || /^[\p{Extended_Pictographic}\uFE0F]+$/u.test(text) || element.closest(".unseen, .skip, :disabled, noscript, script, option") || !element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    let opacity = 1;
    for (let one = element; one; one = one.parentElement) opacity *= Number(getComputedStyle(one).opacity);
    const [r, g, b, a] = rgba(style.color);
    const colour = over([r, g, b, a * opacity], ground);
    const [light, dark] = [luminance(colour), luminance(ground)].sort((one, other) => other - one);
    const contrast = (light + 0.05) / (dark + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5)) found.push(`${text.slice(0, 40)}: ${contrast.toFixed(2)}`);
}
return found;
"""


def check(page, view):
    """Every rule at once; what is wrong, with the view in which it is."""
    wrong = [f"{role} without a name" for role in controls_without_name(page)]
    wrong += [f"sticks out: {one}" for one in wider_than_the_page(page)]
    wrong += [f"scrolls: {one}" for one in taller_than_the_window(page)]
    wrong += [f"low contrast: {one}" for one in texts_of_low_contrast(page)]
    return [f"{view}: {one}" for one in wrong]
