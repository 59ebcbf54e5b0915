"""What the ward decides: the campaign file (定義ファイル), read, checked, and told by line."""
