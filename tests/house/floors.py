"""The floors of the house: which module stands where, and what it may lean on."""

from tests.house.sources import Module, Sources

ROOMS = (
    "kernel audit accounts customers vendors links grants oauth consents messages files orders invoices tickets "
    "feedback offers insights events rights home"
).split()

ROOF = {"app", "cli", "worker", "wiring", "pages", "serve", "headers", "watch", "demo", "bench", "backup", "migrations"}
GROUND = {"access", "kernel"}

_BY_LAST_NAME = {
    "routes": 5, "pages": 5,
    "forms": 4, "jobs": 4, "reactions": 4,
    "service": 3, "engine": 3,
    "reads": 2, "shared": 2, "conditions": 2,
    "models": 1,
}  # fmt: skip

NAMED: dict[str, tuple[int, str]] = {
    "portal.audit.doors": (3, "the doors are offered to every room's routes"),
    "portal.audit.leading": (3, "offered to the routes of every room that reads the log"),
    "portal.audit.sequencer": (3, "the engine of the log: its one hand"),
    "portal.audit.appending": (3, "what that hand writes"),
    "portal.audit.refusals": (3, "writes refused attempts"),
    "portal.audit.activity": (2, "gathers looks as they were read"),
    "portal.audit.export": (2, "entries as read, turned into files"),
    "portal.audit.search": (2, "selects entries for the desk"),
    "portal.audit.verify": (3, "holds the whole log against itself"),
    "portal.accounts.limits": (3, "counts tries in its own table"),
    "portal.accounts.loading": (5, "makes the cookie of a request its actor"),
    "portal.grants.leases": (2, "reads by which right a read may be answered"),
    "portal.home.cards": (5, "home is routes only: what its page says"),
    "portal.home.context": (3, "what the frame of every page says, error pages too"),
    "portal.orders.importing": (4, "reads a file and hands it to the service, as a job would"),
    "portal.error_pages": (5, "pages without a room"),
}
"""Modules whose name does not say their floor, each with the reason it stands there."""

ROOF_FLOOR, API_FLOOR, ROUTES, FORMS, SERVICE, READS, MODELS, FACTS = 7, 6, 5, 4, 3, 2, 1, 0


def floor_of(name: str) -> int:
    """The floor a module stands on."""
    parts = name.split(".")
    if parts[0] == "vendor_api":
        return API_FLOOR
    if len(parts) == 1 or parts[1] in GROUND:
        return FACTS
    if parts[1] in ROOF:
        return ROOF_FLOOR
    for length in range(len(parts), 1, -1):
        if (prefix := ".".join(parts[:length])) in NAMED:
            return NAMED[prefix][0]
    return next((_BY_LAST_NAME[part] for part in parts[2:] if part in _BY_LAST_NAME), FACTS)


def room_of(name: str) -> str:
    """The room a module belongs to."""
    parts = name.split(".")
    return parts[1] if parts[0] == "portal" and len(parts) > 1 else parts[0]


def _is_forms(name: str) -> bool:
    return "forms" in name.split(".")[2:]


def refusal(importer: str, imported: str) -> str | None:
    """Why one module may not import another; None where it may."""
    here, there = floor_of(importer), floor_of(imported)
    own = room_of(importer) == room_of(imported)
    if here == ROOF_FLOOR or imported == "portal":
        return None
    if there == ROOF_FLOOR:
        return "nobody imports the roof"
    if there == API_FLOOR and here != API_FLOOR:
        return "no room imports vendor_api"
    if room_of(importer) == "kernel" and not own:
        return "the kernel imports no room"
    if own:
        return None if there <= here else f"imports go down: floor {here} imports floor {there}"
    if there == FACTS:
        return None
    return _refusal_of_another_room(importer, imported, here, there)


def _refusal_of_another_room(importer: str, imported: str, here: int, there: int) -> str | None:
    if there in (ROUTES, FORMS):
        return "nobody uses another room's forms, routes, jobs or reactions"
    if here in (FACTS, MODELS):
        return f"floor {here} leans on floor 0 alone"
    if here == FORMS and _is_forms(importer):
        return "forms lean on their own room"
    if there == MODELS:
        return None if here == READS else "other rooms' models are for reads to select from"
    if here in (ROUTES, API_FLOOR):
        return None
    if there > here:
        return f"imports go down: floor {here} imports floor {there}"
    earlier = ROOMS.index(room_of(imported)) < ROOMS.index(room_of(importer))
    return None if earlier else f"{room_of(imported)} is not an earlier room than {room_of(importer)}"


def import_faults(sources: Sources) -> list[str]:
    """Every import that does not go down."""
    return [
        f"{module.at(node)}: {module.name} imports {imported}: {why}"
        for module in sources
        for node, imported in sources.imports(module)
        if (why := refusal(module.name, imported))
    ]


def unknown_rooms(sources: Sources) -> list[str]:
    """Folders of portal/ that the design does not know."""
    known = {*ROOMS, *ROOF, "access", "error_pages", "translations", "portal"}
    return sorted({m.room for m in sources if m.name.startswith("portal")} - known)


def bookshop_faults(sources: Sources) -> list[str]:
    """The bookshop is what a company's developer would copy: it imports nothing of ours."""
    shops = (m for m in sources if m.name.startswith("portal.demo.bookshop"))
    return [
        f"{m.at(node)}: {m.name} imports {imported}"
        for m in shops
        for node, imported in sources.imports(m)
        if not imported.startswith("portal.demo.bookshop")
    ]


def is_room(module: Module) -> bool:
    """Whether the module belongs to a room (or the kernel)."""
    return module.name.startswith("portal.") and module.room in ROOMS
