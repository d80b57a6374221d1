from django.urls import path

from legal import views

app_name = "legal"

urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:slug>/", views.document, name="document"),
    path("<slug:slug>/<int:number>/", views.version, name="version"),
    path("<slug:slug>/<int:number>/text/", views.text, name="text"),
    path("<slug:slug>/<int:number>/changes/", views.changes, name="changes"),
    path("<slug:slug>/<int:number>/changes/<int:since>/", views.changes, name="changes"),
]
