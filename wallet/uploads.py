"""Files that come with a form stay in memory and small, however much is sent (S-18)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

# The largest file that any form takes is one of the catalogue; less is for each form to say.
LARGEST_BYTES = 8 * 1024 * 1024


class CappedUploadHandler(FileUploadHandler):
    """Keeps one byte more than may be sent: enough for the form to say that it is too much."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = LARGEST_BYTES + 1 - self.content.tell()
        self.content.write(raw_data[: max(0, room)])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        kept = self.content.tell()
        self.content.seek(0)
        return InMemoryUploadedFile(
            file=self.content,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type or "",
            size=kept,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
