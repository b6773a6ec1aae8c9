"""The people of Riverbend School and who is in which course. The same every time: ids are derived from the names."""

from __future__ import annotations

import hashlib
import uuid

from sqlalchemy.orm import Session

from demo.base import Manner, Role
from demo.store import Course, Enrolment, Person

BIOLOGY_9B = """
Amara Diallo/Linh Phạm/Malik Johnson/Tomasz Zieliński/Noor Haddad/Kofi Mensah/Hana Sato/Yusuf Demir/
Elias Novak/Greta Hoffmann/Sofia Marchetti/Inés Carvalho/Ravi Patel/Mia Thompson/Samir Khoury/Freya Lindqvist/
Mateo Ríos/Daniel Kim/Priya Raman/Seun Adeyemi/Zuri Wanjiru/Jun-ho Park/Aisha Rahman/Leilani Kealoha/Oliver Grant/
Chloé Bertrand/Dmitri Volkov/Nia Roberts/Tariq Aziz/Wren Castillo"""

BIOLOGY_9A = """
Ada Lindgren/Bilal Hussain/Camila Torres/Dylan Brooks/Esra Yıldız/Felix Wagner/Gabriela Souza/Henry Osei/
Ines Moreau/Jamal Carter/Keiko Tanaka/Lucas Ferreira/Maya Goldstein/Nikhil Rao/Olena Shevchenko/Pavel Dvořák/
Quinn O’Neil/Rosa Delgado/Sana Malik/Thandiwe Nkosi/Ugo Eze/Valentina Rossi/William Tran/Ximena Vargas/Yara Nasser/
Zachary Bell/Abena Owusu/Björn Karlsson/Clara Jensen/Devon Price"""

HISTORY_8A = """
Alma Reyes/Benjamin Clark/Chidi Okeke/Dewi Santoso/Emre Kaya/Fatima Noor/Giulia Conti/Hassan Jaber/
Isla MacLeod/Jakub Kowalski/Kalani Akana/Léa Fournier/Minh Trần/Nadia Petrova/Omar Farouk/Paulo Mendes/Rania Saleh/
Santiago Luna/Tove Nilsen/Uma Krishnan/Victor Hugo de la Cruz/Winnie Achieng/Xiao Long Li/Yael Cohen/Zofia Nowak/
Andre Wilson/Bronwyn Hughes/D’Arcy Smith & Sons/Ольга Иванова/Étienne Côté"""

OFFICE = "Ines Okoro"  # the administrator
ZONES = {"Leilani Kealoha": "Pacific/Honolulu"}
LOCALES = {"Mateo Ríos": "es", "Chloé Bertrand": "fr"}


def fill(session: Session) -> None:
    """Enrol everybody. Mid-life (demo/story) and from nothing are two courses: look at one, begin in the other."""
    staff = Staff(session)
    canvas, moodle = Manner.CANVAS, Manner.MOODLE
    middle, begun = "In mid-life: ideas wait for an answer, work waits to be marked", "Begun: go on where you are"
    for number, (manner, title, label, beginning, names) in enumerate(
        (
            (canvas, "Biology 9B", "BIO-9B", middle, BIOLOGY_9B),
            (canvas, "Biology 9A", "BIO-9A", begun, BIOLOGY_9A),
            (moodle, "History 8A", "HIST-8A", begun, HISTORY_8A),
        ),
        start=1,
    ):
        context_id = hashlib.sha1(title.encode(), usedforsecurity=False).hexdigest()
        course = Course(
            id=number,
            manner=manner,
            title=title,
            label=label,
            context_id=context_id if manner is canvas else str(number),
            beginning=beginning,
        )
        session.add(course)
        students = [_person(session, name) for name in _names(names)]
        for index, student in enumerate(students):
            _enrol(course, student, Role.STUDENT, section=f"Period {3 + 2 * (index % 2)}")
        staff.join(course, students)


def names_of(title: str) -> list[str]:
    """The students of a course as the school begins with them."""
    return _names({"Biology 9B": BIOLOGY_9B, "Biology 9A": BIOLOGY_9A, "History 8A": HISTORY_8A}[title])


def newcomer(session: Session, course: Course, name: str, role: Role = Role.STUDENT) -> Person:
    """Somebody new at the school, in this course from now on. Nobody there has that name yet."""
    person = _person(session, name)
    _enrol(course, person, role, section="Period 3")
    return person


class Staff:
    """Grown-ups, the same in every course of their subject."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._okafor = _person(session, "Adaeze Okafor")
        self._lund = _person(session, "Peter Lund")
        self._designer = _person(session, "Marguerite Bell")
        _person(session, OFFICE, administrator=True)

    def join(self, course: Course, students: list[Person]) -> None:
        _enrol(course, self._okafor, Role.TEACHER, section="Period 3,Period 5")
        _enrol(course, self._lund, Role.TEACHER, section="Period 3,Period 5")
        name, section = ASSISTANTS[course.title]
        assistant = _person(self._session, name)
        _enrol(course, assistant, Role.ASSISTANT, section=section, limited=course.manner is Manner.CANVAS)
        if course.manner is Manner.MOODLE:
            return  # Moodle has neither designers, nor observers of its own, nor a test student
        _enrol(course, self._designer, Role.DESIGNER)
        test_student = _person(self._session, "Test Student", key=f"test student of {course.title}", email=False)
        _enrol(course, test_student, Role.TEST_STUDENT, section="Period 3")
        child = next((one for one in students if one.name == "Noor Haddad"), None)
        if child:
            _enrol(course, _person(self._session, "Layla Haddad"), Role.OBSERVER, observes=child)


# {course: name and section}; whom Canvas limits to it sees nobody of the other.
ASSISTANTS = {
    "Biology 9B": ("Bo Lind", "Period 3"),
    "Biology 9A": ("Carmen Ruiz", "Period 5"),
    "History 8A": ("Tomas Berg", "Period 5"),
}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", "").split("/")]


def _person(session: Session, name: str, *, key: str = "", administrator: bool = False, email: bool = True) -> Person:
    given, _, family = name.partition(" ")
    person = Person(
        uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, f"riverbend:{key or name}")),
        legacy_id=hashlib.sha1((key or name).encode(), usedforsecurity=False).hexdigest(),
        given_name=given,
        family_name=family,
        locale=LOCALES.get(name, "en"),
        zone=ZONES.get(name, "America/Chicago"),
        administrator=administrator,
    )
    session.add(person)
    session.flush()
    person.email = f"person{person.id:03}@riverbend.example" if email else None
    return person


def _enrol(
    course: Course,
    person: Person,
    role: Role,
    *,
    section: str = "",
    limited: bool = False,
    observes: Person | None = None,
) -> None:
    course.enrolments.append(Enrolment(person=person, role=role, section=section, limited=limited, observes=observes))
