"""The only code that knows folium and matplotlib."""
