"""The screenshots of the documentation, of a conversation among people who are made up."""
import os


def of_failure(world):
    """What every page showed when a check failed, for whoever looks into it."""
    folder = os.environ.get("PARLEY_FAILURE", "")
    for page in world.browser.pages.values():
        if folder:
            try:
                page.picture(os.path.join(folder, f"failure-{page.name.replace(' ', '-')}.png"))
            except Exception as problem:
                print(f"        no picture of {page.name}: {problem}")
        for complaint in page.complaints:
            print(f"        {page.name}: {complaint}")


def make(world, folder):
    pass
