"""What the role page sends."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import AnyOf

from personalization.people.model import Role


class RoleForm(FlaskForm):
    """The role to act in: the value of the button that was pressed."""

    role = StringField(validators=[AnyOf([role.value for role in Role])])
