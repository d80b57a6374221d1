from django.urls import path

from accounts.adminapi import users

urlpatterns = [
    path("users", users.user_list, name="adminapi_users"),
    path("users/add", users.user_add, name="adminapi_user_add"),
]
