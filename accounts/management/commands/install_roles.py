from django.core.management.base import BaseCommand, CommandError

from accounts import roles


class Command(BaseCommand):
    help = "Create the staff groups and give them exactly the permissions of accounts.roles."

    def handle(self, **_options: object) -> None:
        try:
            roles.install()
        except roles.UnknownPermission as error:
            message = f"unknown permissions: {error} (has `manage.py migrate` run?)"
            raise CommandError(message) from error
        self.stdout.write(f"Groups: {', '.join(roles.PERMISSIONS)}.")
